// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git, text } from '../base/git.ts';
import { renderAnnotations, type PlaceOf } from '../report/annotations.ts';
import { renderHtml } from '../report/html/page.ts';
import { renderJobSummary } from '../report/job-summary.ts';
import { renderJunit } from '../report/junit.ts';
import { renderKcidb } from '../report/kcidb.ts';
import { renderMail } from '../report/mail.ts';
import type { KeptRun } from '../run/result-file.ts';
import { patchLineOf } from '../series/patch-line.ts';
import { collectPage, type Patches } from './html-page.ts';
import type { RenderingOptions } from './rendering-options.ts';

/** What was asked for, rendered, each with the file that it goes to. */
export const renderings = async (
  options: RenderingOptions,
  kept: readonly KeptRun[],
  project: string,
  measured: Parameters<typeof collectPage>[2] = {},
): Promise<readonly (readonly [string, string])[]> => {
  const runs = kept.map(({ result }) => result);
  const { origin, filesUrl } = options;
  const patches = (): Promise<Patches> => patchesOf(project, kept);
  const asked: readonly (readonly [string | undefined, () => string | Promise<string>])[] = [
    [options.html, async () => renderHtml(await collectPage(kept, await patches(), measured))],
    [options.junit, () => renderJunit(runs)],
    [options.mail, () => renderMail(runs)],
    [options.summary, () => renderJobSummary(runs)],
    [
      options.annotations,
      async () => renderAnnotations(runs, placeIn(await patches(), await prefixOf(project))),
    ],
    [options.kcidb, () => renderKcidb(runs, { origin, filesUrl })],
  ];
  const rendered: (readonly [string, string])[] = [];
  for (const [file, render] of asked) if (file !== undefined) rendered.push([file, await render()]);
  return rendered;
};

/** Of runs the patches that lie in the project, by the names that runs have for them. */
const patchesOf = async (project: string, kept: readonly KeptRun[]): Promise<Patches> => {
  const series = kept.flatMap(({ result }) => result.series);
  const files = new Map(
    series.flatMap(({ name, patches, directory }) =>
      patches.map((patch) => [
        join(name, patch),
        join(directory ?? join('kernel-patches', name), patch),
      ]),
    ),
  );
  const patches = await Promise.all(
    [...files].map(async ([name, file]) => {
      const text = await readFile(join(project, file), 'utf8').catch(() => '');
      return { name, text };
    }),
  );
  return {
    placeOf: ({ file, line, patch }) => {
      if (file === undefined || line === undefined) return undefined;
      const found = patchLineOf(patches, file, line);
      // The run knew whose line it is: the patches may be others by now.
      return found?.patch === patch ? found : undefined;
    },
    textOf: (patch) => patches.find(({ name }) => name === patch)?.text,
    fileOf: (patch) => files.get(patch) ?? patch,
  };
};

/** As GitHub names a line: by the file in the repository, in which the project lies at `prefix`. */
const placeIn =
  ({ placeOf, fileOf }: Patches, prefix: string): PlaceOf =>
  (line) => {
    const found = placeOf(line);
    return found && { file: `${prefix}${fileOf(found.patch)}`, line: found.line };
  };

/** Where in its repository a project lies, `sub/`; empty at the top, and where there is none. */
const prefixOf = async (project: string): Promise<string> => {
  const asked = await git(['-C', project, 'rev-parse', '--show-prefix']);
  return asked.code === 0 ? text(asked) : '';
};

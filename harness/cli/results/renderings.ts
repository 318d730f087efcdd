// SPDX-License-Identifier: MIT
import { join, relative } from 'node:path';
import { git, text } from '../../base/process/git.ts';
import { renderAnnotations, type PlaceOf } from '../../report/ci/annotations.ts';
import { renderHtml } from '../../report/html/page.ts';
import { renderJobSummary } from '../../report/ci/job-summary.ts';
import { renderJunit } from '../../report/ci/junit.ts';
import { renderKcidb } from '../../report/ci/kcidb.ts';
import { renderMail } from '../../report/ci/mail.ts';
import type { KeptResult } from '../../run/result/result-file.ts';
import { patchLineOf } from '../../series/patch/patch-line.ts';
import { readSeries } from '../../series/series.ts';
import { collectPage, type Patches } from './html-page.ts';
import type { Text } from './outputs.ts';
import type { RenderingOptions } from './rendering-options.ts';

/** What was asked for, rendered, each with the file that it goes to. */
export const renderings = async (
  options: RenderingOptions,
  kept: readonly KeptResult[],
  project: string,
  measured: Parameters<typeof collectPage>[2] = {},
): Promise<readonly (readonly [string, Text])[]> => {
  const runs = kept.map(({ result }) => result);
  const { origin, filesUrl } = options;
  const patches = (): Promise<Patches> => patchesOf(project, kept);
  const asked: readonly (readonly [string | undefined, () => Text | Promise<Text>])[] = [
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
  const rendered: (readonly [string, Text])[] = [];
  for (const [file, render] of asked) if (file !== undefined) rendered.push([file, await render()]);
  return rendered;
};

/** Of runs the patches that lie in the project, by the names that runs have for them. */
const patchesOf = async (project: string, kept: readonly KeptResult[]): Promise<Patches> => {
  const patches: Kept[] = [];
  for (const { name, directory, patches: names } of kept.flatMap(
    ({ result }) => result.series ?? [],
  )) {
    const read = await readSeries(join(project, directory ?? join('kernel-patches', name)));
    for (const { name: patch, diff, file, line } of read.ok ? read.value.patches : []) {
      const title = join(name, patch);
      if (names.includes(patch) && !patches.some((other) => other.name === title))
        patches.push({
          name: title,
          text: diff.toString(),
          file: relative(project, file),
          begins: line,
        });
    }
  }
  const named = (patch: string): Kept | undefined => patches.find(({ name }) => name === patch);
  return {
    placeOf: ({ file, line, patch }) => {
      if (file === undefined || line === undefined) return undefined;
      const found = patchLineOf(patches, file, line);
      // The run knew whose line it is: the patches may be others by now.
      return found?.patch === patch ? found : undefined;
    },
    textOf: (patch) => named(patch)?.text,
    placeInFile: ({ patch, line }) => {
      const { file, begins } = named(patch) ?? {};
      return file === undefined || begins === undefined
        ? undefined
        : { file, line: begins + line - 1 };
    },
  };
};

/** A patch by the name that runs have for it. */
interface Kept {
  readonly name: string;
  /** The diff, and the line of the file that it begins at, where it stands there as it is. */
  readonly text: string;
  readonly file: string;
  readonly begins: number | undefined;
}

/** As GitHub names a line: by the file in the repository, in which the project lies at `prefix`. */
const placeIn =
  ({ placeOf, placeInFile }: Patches, prefix: string): PlaceOf =>
  (line) => {
    const found = placeOf(line);
    const place = found && placeInFile(found);
    return place && { ...place, file: `${prefix}${place.file}` };
  };

/** Where in its repository a project lies, `sub/`; empty at the top, and where there is none. */
const prefixOf = async (project: string): Promise<string> => {
  const asked = await git(['-C', project, 'rev-parse', '--show-prefix']);
  return asked.code === 0 ? text(asked) : '';
};

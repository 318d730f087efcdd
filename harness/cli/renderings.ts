// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderAnnotations, type Place } from '../report/annotations.ts';
import { renderJobSummary } from '../report/job-summary.ts';
import { renderJunit } from '../report/junit.ts';
import { renderKcidb } from '../report/kcidb.ts';
import { renderMail } from '../report/mail.ts';
import type { StackLine } from '../run/explain.ts';
import type { KeptRun } from '../run/result-file.ts';
import { patchLineOf } from '../series/patch-line.ts';
import type { RenderingOptions } from './rendering-options.ts';

/** What was asked for, rendered, each with the file that it goes to. */
export const renderings = async (
  options: RenderingOptions,
  kept: readonly KeptRun[],
  root: string,
): Promise<readonly (readonly [string, string])[]> => {
  const runs = kept.map(({ result }) => result);
  const { origin, filesUrl } = options;
  const asked: readonly (readonly [string | undefined, () => string | Promise<string>])[] = [
    [options.junit, () => renderJunit(runs)],
    [options.mail, () => renderMail(runs)],
    [options.summary, () => renderJobSummary(runs)],
    [options.annotations, async () => renderAnnotations(runs, await placesIn(root, kept))],
    [options.kcidb, () => renderKcidb(runs, { origin, filesUrl })],
  ];
  const rendered: (readonly [string, string])[] = [];
  for (const [file, render] of asked) if (file !== undefined) rendered.push([file, await render()]);
  return rendered;
};

/** Where lines of the kernel came in, as far as the patches are the repository's own. */
const placesIn = async (
  root: string,
  kept: readonly KeptRun[],
): Promise<(line: StackLine) => Place | undefined> => {
  const names = kept.flatMap(({ result }) =>
    result.series.flatMap(({ name, patches }) => patches.map((patch) => join(name, patch))),
  );
  const patches = await Promise.all(
    [...new Set(names)].map(async (name) => {
      const text = await readFile(join(root, 'kernel-patches', name), 'utf8').catch(() => '');
      return { name, text };
    }),
  );
  return ({ file, line }) => {
    if (file === undefined || line === undefined) return undefined;
    const found = patchLineOf(patches, file, line);
    return found && { file: `kernel-patches/${found.patch}`, line: found.line };
  };
};

// SPDX-License-Identifier: MIT
import type { Bisected } from '../../harness/bisect/bisect.ts';
import { printable } from '../../harness/base/process/lines.ts';
import { renderBisect } from '../../harness/report/series/bisect.ts';
import type { RunResult } from '../../harness/run/result/result.ts';
import { code, fenced } from '../../harness/report/ci/markdown.ts';
import type { Told } from '../support/kbt.ts';
import type { Regression } from './regressions.ts';

/** A regression, and what became of the search for its culprit. */
export interface Searched {
  readonly regression: Regression;
  /** What was searched, or why nothing was. */
  readonly search: Told<Bisected>;
  /** The options by which it shows again. */
  readonly again: readonly string[];
}

/** What a night was made of: all that somebody needs to run a part of it again. */
export interface Night {
  readonly revision: string;
  /** Something was not committed: what it was nobody can check out. */
  readonly edited: boolean;
  readonly notes: readonly string[];
  /** The last one that was green; undefined where none is known. */
  readonly good: string | undefined;
}

/** GitHub takes no title beyond 256 characters. */
const TITLE = 200;

export const titleOf = ({ regression }: Searched): string =>
  printable(`Nightly: ${regression.title}`).slice(0, TITLE);

/** The mark by which an issue is found again: words that GitHub's search takes whole. */
export const markOf = ({ regression }: Searched): string =>
  `kbt-nightly-${regression.key.replace(/[^A-Za-z0-9]+/g, '-')}`;

/** The text of an issue, as GitHub's Markdown: culprit, confidence, excerpt, recipe. */
export const renderIssue = (searched: Searched, night: Night): string => {
  const { regression, search, again } = searched;
  const cells = regression.cells.map(code).join(', ');
  return [
    `${code(regression.title)} in ${cells}, at ${code(night.revision.slice(0, 12))}; ${
      night.good === undefined
        ? 'no night before it is known to be green'
        : `green at ${code(night.good.slice(0, 12))}`
    }.`,
    '',
    ...culpritLines(search),
    '',
    '**What it says**',
    '',
    ...fenced(regression.excerpt),
    '',
    '**Again**',
    '',
    ...fenced([
      `git checkout ${night.revision}${night.edited ? ' # and edits that were not committed' : ''}`,
      `npx kbt matrix ${again.join(' ')}`,
    ]),
    '',
    '<details><summary>Recipe</summary>',
    '',
    ...fenced(JSON.stringify(recipeOf(searched, night), null, 2).split('\n')),
    '',
    '</details>',
    '',
    markOf(searched),
    '',
  ].join('\n');
};

const culpritLines = (search: Searched['search']): readonly string[] => {
  if (search.kind === 'none') return ['**No culprit**', '', ...fenced(search.why)];
  const [only = '', ...others] = search.value.suspects;
  return [
    others.length === 0 ? `**The culprit is** ${code(only)}` : '**The culprit is one of several**',
    '',
    ...fenced(renderBisect(search.value).split('\n')),
  ];
};

/** By it a machine makes the same kernel and runs the same programs. */
export const recipeOf = ({ regression, again }: Searched, { revision, edited, good }: Night) => {
  const { run } = regression;
  return {
    revision,
    ...(edited ? { edited } : {}),
    ...(good === undefined ? {} : { good }),
    cell: run.cell,
    ...(run.kind === 'run' ? madeOf(run) : { plan: run.plan }),
    command: ['npm', 'run', 'matrix', '--', ...again],
  };
};

const madeOf = ({ source, kernel, image, machine, patchset, programs, shuffle }: RunResult) => {
  const { accelerator, cpus, memoryMiB } = machine;
  return {
    source: { version: source.version, flavour: source.flavour, digest: source.digest },
    patchset,
    kernel: kernel.fingerprint,
    image: image.fingerprint,
    machine: { accelerator, cpus, memoryMiB },
    plan: programs.map(({ name }) => name),
    ...(shuffle === undefined ? {} : { seed: shuffle }),
  };
};

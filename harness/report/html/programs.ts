// SPDX-License-Identifier: MIT
import { failed, skipped, type KtapResult } from '../../ktap/read.ts';
import {
  describeStackLine,
  type ExplainedReport,
  type StackLine,
} from '../../run/program/explain.ts';
import type { ProgramResult } from '../../run/result/program-result.ts';
import { element, escaped } from '../markup.ts';
import { folded, seconds, stateOf } from './parts.ts';

/** What the page shows besides a result, from the files around it. */
export interface Around {
  /** What a program printed; undefined where that is not kept. */
  readonly outputOf: (program: ProgramResult) => string | undefined;
  /** The source around a line that a patch owns, as the patch has it. */
  readonly sourceOf: (line: StackLine) => string | undefined;
}

/** One program: its outcome, and folded away its results, its kernel reports, what it printed. */
export const programBox = (program: ProgramResult, around: Around): string => {
  const { name, outcome, why, milliseconds, results, reports, runs, stuck, marks } = program;
  const state = stateOf(outcome);
  const output = around.outputOf(program);
  const head = [
    element('span', { class: state }, escaped(outcome)),
    element('strong', {}, escaped(name)),
    element('span', { class: 'time' }, seconds(milliseconds)),
    ...(why === undefined ? [] : [escaped(why)]),
  ].join(' ');
  return element(
    'details',
    { class: 'program', 'data-state': state, open: state === 'bad' ? '' : undefined },
    [
      element('summary', {}, head),
      ...(results.length > 0 ? [tree(results)] : []),
      ...(runs ?? []).map((run, index) =>
        element('p', {}, escaped(`run ${index + 1}: ${run.outcome} ${run.why ?? ''}`)),
      ),
      ...(marks ? [element('p', {}, escaped(`It left ${marks.join(', ')}.`))] : []),
      ...reports.map((report) => reportBox(report, around)),
      ...(stuck
        ? [folded('Hang diagnostics', [...stuck.processors, ...stuck.tasks].join('\n'))]
        : []),
      ...(output ? [folded('What it printed', output)] : []),
    ],
  );
};

const tree = (results: readonly KtapResult[]): string => element('ul', {}, results.map(leaf));

const leaf = (result: KtapResult): string => {
  const { name, reason, directive, children } = result;
  const bad = failed(result);
  const state = bad ? 'bad' : skipped(result) ? 'skip' : 'good';
  const word = bad ? 'not ok' : skipped(result) ? 'skip' : 'ok';
  const more = [directive, reason].filter((text) => text !== undefined && text !== '').join(' ');
  const head = `${element('span', { class: state }, word)} ${escaped(`${name} ${more}`.trim())}`;
  return element('li', {}, children.length > 0 ? `${head}${tree(children)}` : head);
};

/** A kernel report: its stack with the patches that own its lines, their source, and the log. */
export const reportBox = (report: ExplainedReport, { sourceOf }: Around): string => {
  const { kind, title, times, fingerprint, stack, lines } = report;
  const owned = stack.find(({ patch }) => patch !== undefined);
  const source = owned && sourceOf(owned);
  return element('details', { open: '' }, [
    element(
      'summary',
      {},
      `${element('span', { class: 'bad' }, escaped(kind))} ${escaped(title)}${times > 1 ? `, ${times} times` : ''}`,
    ),
    ...(stack.length > 0
      ? [element('pre', { tabindex: 0 }, escaped(stack.map(describeStackLine).join('\n')))]
      : []),
    ...(source === undefined
      ? []
      : [
          element('p', {}, escaped(`${owned?.patch ?? ''}:`)),
          element('pre', { tabindex: 0 }, escaped(source)),
        ]),
    folded(`The log, fingerprint ${fingerprint}`, lines.join('\n')),
  ]);
};

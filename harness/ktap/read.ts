// SPDX-License-Identifier: MIT
import { z } from 'zod';
import type { ReadOnly } from '../base/read-only.ts';

export const KTAP_RESULT = z.strictObject({
  ok: z.boolean(),
  number: z.int(),
  name: z.string(),
  /** KTAP's directives: SKIP, TODO, XFAIL, TIMEOUT, ERROR. */
  directive: z.string().optional(),
  /** What the directive gives as its reason. */
  reason: z.string(),
  get children() {
    return z.array(KTAP_RESULT);
  },
});

/** One result line and, where it has any, the results nested in it. */
export type KtapResult = ReadOnly<z.infer<typeof KTAP_RESULT>>;

/** What a program printed, read as KTAP. */
export interface Ktap {
  readonly results: readonly KtapResult[];
  /** `1..0 # SKIP reason` */
  readonly skipAll: string | undefined;
  /** Why this is not a complete and well-formed KTAP document; empty when it is. */
  readonly faults: readonly string[];
  /** Of the faults those that hide a failure: a plan that is not kept, `Bail out!`, a `not ok` that is no result. */
  readonly lacking: readonly string[];
}

interface Level {
  readonly indent: number;
  plan: number | undefined;
  skipAll: string | undefined;
  readonly results: KtapResult[];
}

const RESULT = /^(not ok|ok)(?: (\d+))?(?:\s+(?:- )?(.*))?$/;
const DIRECTIVE = /(?:^|\s)#\s*(SKIP|TODO|XFAIL|TIMEOUT|ERROR)\b:?\s*(.*)$/i;

/**
 * Reads KTAP version 1 (Documentation/dev-tools/ktap.rst) and the TAP 13 that
 * kselftest prints. A nested document is indented, by whatever width, and ends
 * with its parent's result line. Everything else is diagnostics. Who does not know the number of
 * results in advance may omit a plan: with `mayOmitPlans` that is right in a subtest, as where KUnit
 * runs a test with many parameters; else a program may have died in it.
 */
export const readKtap = (output: string, { mayOmitPlans = false } = {}): Ktap => {
  const faults: string[] = [];
  const lacking: string[] = [];
  const root: Level = { indent: 0, plan: undefined, skipAll: undefined, results: [] };
  const stack: Level[] = [root];
  // A document begins with its version, and its last line has an end: or it was cut.
  let version: string | undefined;
  if (output !== '' && !output.endsWith('\n')) faults.push('its last line is cut off');
  const stray = (line: string): void => {
    faults.push(`the result "${line}" belongs to no plan`);
    if (line.startsWith('not ok')) lacking.push(`it printed ${line}`);
  };
  const finish = (level: Level, name: string): void => {
    if (level.skipAll !== undefined && level.results.length === 0) return;
    if (level.plan === undefined) {
      const isOpen = mayOmitPlans && level !== root && level.results.length > 0;
      if (!isOpen) faults.push(`${name} has no plan`);
    } else if (level.plan !== level.results.length) {
      const fault = `${name} planned ${level.plan} and gave ${level.results.length}`;
      faults.push(fault);
      if (level.plan > level.results.length) lacking.push(fault);
    }
  };
  for (const raw of output.split('\n')) {
    const line = raw.trimStart();
    const indent = raw.length - line.length;
    const isHeader = /^(KTAP version 1|TAP version 1[34])$/.test(line);
    if (isHeader) version ??= line;
    const plan = /^1\.\.(\d+)(?:\s+#\s*SKIP\b\s*(.*))?\s*$/i.exec(line);
    const result = RESULT.exec(line.trimEnd());
    if (/^Bail out!/.test(line)) {
      faults.push(line);
      lacking.push(line);
    }
    if (!isHeader && /^K?TAP version /.test(line)) faults.push(`unknown: ${line}`);
    if ((plan || result) && version === undefined) {
      faults.push('it does not begin with a version line');
      version = 'none';
    }
    if (!isHeader && !plan && !result) {
      if (line.startsWith('not ok')) {
        faults.push(`not a result: ${line}`);
        lacking.push(`it printed ${line}`);
      }
      continue;
    }
    let level = stack.at(-1) ?? root;
    if (indent > level.indent) {
      if (!isHeader && !plan) {
        stray(line);
        continue;
      }
      level = { indent, plan: undefined, skipAll: undefined, results: [] };
      stack.push(level);
    }
    if (plan) {
      while (stack.length > 1 && (stack.at(-1)?.indent ?? 0) > indent) {
        stack.pop();
        faults.push('a subtest is cut off by a plan');
      }
      level = stack.at(-1) ?? root;
      if (level.plan !== undefined) faults.push('a second plan');
      level.plan = Number(plan[1]);
      if (level.plan === 0 && /SKIP/i.test(line)) level.skipAll = plan[2] ?? '';
    } else if (result) {
      const children: KtapResult[] = [];
      const [, status, number, text = ''] = result;
      const name = text.replace(DIRECTIVE, '').trim();
      while (stack.length > 1 && (stack.at(-1)?.indent ?? 0) > indent) {
        const nested = stack.pop();
        if (!nested) break;
        finish(nested, `the subtest ${name}`);
        children.push(...nested.results);
      }
      level = stack.at(-1) ?? root;
      if (level.indent !== indent) {
        stray(line);
        continue;
      }
      const directive = DIRECTIVE.exec(text);
      const expected = level.results.length + 1;
      if (number === undefined) faults.push(`result ${expected} has no number`);
      else if (Number(number) !== expected)
        faults.push(`result ${number} came where ${expected} was due`);
      if (status === 'ok' && children.some(failed))
        faults.push(`${name} is ok but a subtest of it is not`);
      level.results.push({
        ok: status === 'ok',
        number: expected,
        name,
        directive: directive?.[1]?.toUpperCase(),
        reason: directive?.[2]?.trim() ?? '',
        children,
      });
    }
  }
  if (stack.length > 1) faults.push('it ends inside a subtest');
  finish(root, 'the output');
  if (root.results.length === 0 && root.skipAll === undefined) faults.push('no results');
  return { results: root.results, skipAll: root.skipAll, faults, lacking };
};

/** All results that count against their program, those of subtests where they are nested. */
export const failedIn = (results: readonly KtapResult[]): readonly KtapResult[] =>
  results.flatMap((result) => {
    if (['SKIP', 'TODO', 'XFAIL'].includes(result.directive ?? '') && !failed(result)) return [];
    const nested = failedIn(result.children);
    return failed(result) ? [result] : nested;
  });

/** Whether a result counts against its program: not ok, and not expected to be. */
export const failed = (result: KtapResult): boolean =>
  !result.ok && !['SKIP', 'TODO', 'XFAIL'].includes(result.directive ?? '')
    ? true
    : ['TIMEOUT', 'ERROR'].includes(result.directive ?? '');

export const skipped = (result: KtapResult): boolean => result.directive === 'SKIP';

// SPDX-License-Identifier: MIT
import { z } from 'zod';
import { ARCH } from '../arch/host.ts';
import type { Kind } from '../arch/kernel-log.ts';
import type { ReadOnly } from '../base/read-only.ts';
import { fingerprintOf } from './fingerprint-report.ts';
import { ASKED_FOR, KINDS, NOISE } from './kinds.ts';

export const KERNEL_REPORT = z.strictObject({
  kind: z.string(),
  /** The line that gave it away, without its timestamp. */
  title: z.string(),
  /** That line and what followed it, bounded; before it, what a WARN() had to say. */
  lines: z.array(z.string()),
  /** The same for the same fault, wherever and whenever it happens: see {@link fingerprintOf}. */
  fingerprint: z.string(),
});

/** Something the kernel's log says is wrong with the kernel. */
export type KernelReport = ReadOnly<z.infer<typeof KERNEL_REPORT>>;

/** A report of these words alone, for what is found by other means than a line of the log. */
export const reportOf = (
  kind: string,
  title: string,
  lines: readonly string[] = [],
): KernelReport => ({ kind, title, lines, fingerprint: fingerprintOf({ kind, title, lines }) });

/** A report that ends a kernel, whatever its kind. */
export const isPanic = ({ title }: Pick<KernelReport, 'title'>): boolean =>
  title.includes('Kernel panic - not syncing');

/** What ends a report: the sanitizers draw a line, all others say so. */
const END = /---\[ end (?:trace|Kernel panic)|^={40,}$/;
const CUT_HERE = '------------[ cut here ]------------';

/** Of a report at most this many lines are kept; lockdep's longest have their stack at the end. */
const KEPT = 300;
/** After so many lines without an end, it is over: stalls dump every processor's stack. */
const LONGEST = 400;
/** The second opening of one report comes this soon (`BUG: …`, five lines, `Oops: …`). */
const NEAR = 10;
/** After its end an oops may repeat its registers. */
const SUMMARY = 30;

/** A serial console's timestamp and caller: `[    1.234567][   T12] `. */
const PREFIX = /^.*?\[\s*\d+\.\d{6}\](?:\[\s*([TC]\d+)\])? ?/;

/** A line without what the console puts before it. */
export const withoutTimestamp = (line: string): string => line.replace(PREFIX, '');

interface Open {
  readonly kind: Kind;
  readonly title: string;
  readonly lines: string[];
  /** Lines since its first, those that were not kept included. */
  age: number;
}

/** What is known while the lines go by. */
interface State {
  readonly found: Open[];
  /** By CONFIG_PRINTK_CALLER's caller; all under '' without it. */
  readonly open: Map<string, Open>;
  /** The caller of the report that was opened last. */
  latest: string;
  /** Lines of each caller since its `cut here`. */
  readonly cut: Map<string, string[]>;
  /** Lines left in which the afterthoughts of what has ended belong to it. */
  afterthoughts: number;
}

/**
 * Finds the reports in a stretch of the kernel's log. What begins within another
 * report and is a part of such (the oops under a BUG) belongs to that one; a
 * fault of its own is a report of its own. Where lines say who printed them, the
 * reports of two processors are told apart line by line.
 */
export const findReports = (log: readonly string[]): readonly KernelReport[] => {
  const state: State = {
    found: [],
    open: new Map(),
    latest: '',
    cut: new Map(),
    afterthoughts: 0,
  };
  for (const raw of log) {
    // What does not say whose it is goes on with what was opened last.
    read(state, PREFIX.exec(raw)?.[1] ?? state.latest, withoutTimestamp(raw));
  }
  return state.found.map(({ kind, title, lines }) => reportOf(kind.kind, title, lines));
};

const read = (state: State, caller: string, line: string): void => {
  const text = line.trimStart();
  const asked = ASKED_FOR.find(([pattern]) => pattern.test(text));
  if (asked) state.afterthoughts = asked[1];
  if (NOISE.some((pattern) => pattern.test(text))) return;
  if (!asked) state.afterthoughts -= 1;

  // Another processor shows its stack for the sake of a report that is open.
  const [first] = state.open.values();
  if (first && /^NMI backtrace for cpu /.test(text)) state.open.set(caller, first);

  const kind = KINDS.find(({ pattern }) => pattern.test(text));
  if (kind && !belongs(state, caller, kind)) {
    const cut = state.cut.get(caller) ?? [];
    const lines = cut.length < NEAR ? [...cut] : [];
    const opened = { kind, title: line.trim(), lines, age: 0 };
    state.found.push(opened);
    state.open.set(caller, opened);
    state.latest = caller;
  }
  if (kind) state.cut.delete(caller);
  else if (text === CUT_HERE) state.cut.set(caller, [line]);
  else state.cut.get(caller)?.push(line);
  keep(state, caller, line);
};

/** Whether a line that could open a report is a part of one that is there. */
const belongs = (state: State, caller: string, kind: Kind): boolean => {
  const own = state.open.get(caller);
  if (kind.follows === 'near') return own !== undefined && own.age < NEAR;
  if (kind.follows === 'after' && state.afterthoughts > 0) return true;
  return kind.follows !== undefined && state.open.size > 0;
};

const keep = (state: State, caller: string, line: string): void => {
  const open = state.open.get(caller);
  if (!open) return;
  open.age += 1;
  if (open.lines.length < KEPT) open.lines.push(line);
  const ended = END.test(line);
  if (ended || open.age >= LONGEST || (open.kind.endsWithStack && ARCH.log.stackEnds.test(line))) {
    for (const [other, report] of state.open) if (report === open) state.open.delete(other);
    if (ended) state.afterthoughts = SUMMARY;
  }
};

/** printk could not keep up: nobody knows what the log lacks. */
export const hasHoles = (log: readonly string[]): boolean =>
  log.some((line) => /\*\* \d+ printk messages dropped \*\*/.test(line));

/** /proc/sys/kernel/tainted by the letters of Documentation/admin-guide/tainted-kernels.rst. */
export const taintLetters = (taint: number): string =>
  Array.from('PFSRMBUDAWCIOELKXTNJ', (letter, bit) => ((taint >>> bit) & 1 ? letter : '')).join('');

/** How often each of some reports came, by fingerprint, in order of first appearance. */
export const countReports = (
  reports: readonly KernelReport[],
): readonly (KernelReport & { readonly times: number })[] => {
  const counts = new Map<string, KernelReport & { times: number }>();
  for (const report of reports) {
    const known = counts.get(report.fingerprint);
    if (known) known.times += 1;
    else counts.set(report.fingerprint, { ...report, times: 1 });
  }
  return [...counts.values()];
};

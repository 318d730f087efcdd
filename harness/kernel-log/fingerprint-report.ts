// SPDX-License-Identifier: MIT
import { ARCH } from '../arch/host.ts';
import { digest } from '../base/fingerprint.ts';
import { framesOf, type Frame } from './frames.ts';
import { isMachinery } from './machinery.ts';

/** A report as findReports() has it, but for its fingerprint. */
export interface Words {
  readonly kind: string;
  readonly title: string;
  readonly lines: readonly string[];
}

/** This many functions of its first stack tell one fault from another. */
const DEPTH = 3;

const CLONE = /(?:\.(?:isra|constprop|part|cold|lto_priv|llvm)\b(?:\.\d+)?)+/g;

/** The name that the source has for a function that the compiler cloned. */
const sourceName = (text: string): string => text.replace(CLONE, '');

/** Names a function and is no stack: where a lock was taken, where interrupts were switched. */
const ASIDE = /\bat: |\blast +(?:enabled|disabled) at /;

/**
 * The lines where a report's first stack begins. lockdep tells first how it came
 * to know the locks, which depends on what ran before; the fault is at its end.
 */
const fromFirstStack = (kind: string, lines: readonly string[]): readonly string[] => {
  const trace = lines.findIndex((line) => ARCH.log.stackBegins.test(line.trim()));
  if (kind === 'lockdep' && trace >= 0) return lines.slice(trace);
  const stacks = lines.filter((line) => !ASIDE.test(line));
  return framesOf(stacks).length > 0 ? stacks : lines;
};

/** The frames of the first stack: up to its end, or the blank line after it. */
const firstStack = (lines: readonly string[]): readonly Frame[] => {
  const kept: Frame[] = [];
  for (const line of lines) {
    if (kept.length > 0 && (line.trim() === '' || ARCH.log.stackEnds.test(line))) break;
    kept.push(...framesOf([line]));
  }
  // Without frame pointers and the like no unwinder is sure of any.
  return kept.some((frame) => frame.reliable) ? kept.filter((frame) => frame.reliable) : kept;
};

/** The first functions of a report's first stack that are not {@link isMachinery}. */
export const functionsOf = ({ kind, title, lines }: Words): readonly string[] => {
  const own = lines.filter((line) => line.trim() !== title);
  const names = firstStack(fromFirstStack(kind, own))
    .map(({ symbol }) => sourceName(symbol))
    .filter((name) => !isMachinery(name));
  // A trap's instruction pointer, and the same function once more where the stack begins.
  return names.filter((name, at) => name !== names[at - 1]).slice(0, DEPTH);
};

/** What of a title changes from one time to the next; a task's name may be anything. */
const CHANGES: readonly (readonly [RegExp, string])[] = [
  // Names of tasks, by the words around them.
  [/(scheduling while atomic: |non-blocking section: ).*/, '$1'],
  [/\[[^[\]]*:\d+\]$/, ''],
  [/^(INFO: task ).*(:\d+ blocked)/, '$1$2'],
  [/^(WARNING: ).*(\/\d+ still has locks held)/, '$1$2'],
  [/(, |code: )[^,]*\/-?\d+(?:\/-?\d+)?(, 0?x?[0-9a-f]+|\(?null\)?)?$/, '$1'],
  [/(atomic, lock or RCU: ).*/, '$1'],
  [/( in process ).*/, '$1'],
  [/^.*( invoked oom-killer: ).*/, '$1'],
  [/(Killed process ).*/, '$1'],
  [/^.*(: page allocation failure|: vmalloc error)/, '$1'],
  [/^.*(: Corrupted page table)/, '$1'],
  [/^(note: ).*(\[\d+\] exited)/, '$1$2'],
  // The flags and the count of an oops.
  [ARCH.log.oopsFlags, ''],
  [/\((?:Not tainted|Tainted: [^)]*)\)/, ''],
  // Offsets, addresses, counts; a number within a name is part of that name.
  [/\+0x[0-9a-f]+\/0x[0-9a-f]+/g, ''],
  [CLONE, ''],
  [/\b0x[0-9a-f]+\b/g, '#'],
  [/\b(?=[a-f]*\d)[0-9a-f]{8,}\b/g, '#'],
  [/(?<![\w.-])-?\d+(?:\.\d+)?(?:s|ms|us)?(?![\w-])/g, '#'],
];

/** A title without addresses, numbers, names of tasks, and the order of two that raced. */
export const normalTitle = (title: string): string => {
  const plain = CHANGES.reduce((text, [pattern, by]) => text.replace(pattern, by), title);
  const race = /^(.* in )(\S+) \/ (\S+)$/.exec(plain);
  if (!race) return plain;
  const [, words = '', one = '', other = ''] = race;
  return words + [one, other].sort().join(' / ');
};

/**
 * Tells one fault from another: 12 hex digits of the kind, the title and the
 * first functions of the first stack, and of nothing that changes from one time
 * to the next. Of a race the title names both sides, whose stacks come in either
 * order.
 */
export const fingerprintOf = (words: Words): string => {
  const { kind, title } = words;
  const functions = kind === 'kcsan' && title.includes(' / ') ? [] : functionsOf(words);
  return digest([kind, normalTitle(title), ...functions].join('\n')).slice(0, 12);
};

// SPDX-License-Identifier: MIT
import { ARCH } from '../arch/host.ts';
import type { SystemCall } from '../arch/system-calls.ts';

/** Reads a system call table; see {@link SystemCall}. */
export const parseTable = (text: string): readonly SystemCall[] =>
  text.split('\n').flatMap((line) => {
    const match = /^(\d+)\s+(\w+)\s+(\w+)(?:\s+(\w+))?/.exec(line);
    return match?.[1] && match[2] && match[3]
      ? [{ number: Number(match[1]), abi: match[2], name: match[3], entry: match[4] }]
      : [];
  });

/** What is wrong with the rows that `after` has and `before` has not; rows that are gone are wrong, too. */
export const collisions = (
  before: readonly SystemCall[],
  after: readonly SystemCall[],
): readonly string[] => {
  const same = (a: SystemCall, b: SystemCall): boolean =>
    a.number === b.number && a.abi === b.abi && a.name === b.name && a.entry === b.entry;
  const added = after.filter((row) => !before.some((old) => same(old, row)));
  const gone = before.filter((row) => !after.some((now) => same(now, row)));
  const problems = gone.map((row) => `${row.number} ${row.name} was changed or taken away`);
  for (const row of added) {
    const others = after.filter((other) => other !== row);
    const at = `${row.number} ${row.name}`;
    for (const other of others.filter((o) => o.number === row.number))
      problems.push(`${at}: the number is ${other.name}'s`);
    for (const other of others.filter((o) => o.name === row.name))
      problems.push(`${at}: the name is that of ${other.number}`);
    problems.push(...ARCH.systemCalls.problems(row).map((problem) => `${at}: ${problem}`));
  }
  return [...new Set(problems)];
};

// SPDX-License-Identifier: MIT
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCH, tool } from '../arch/host.ts';
import type { Context } from '../base/context.ts';
import { run } from '../base/process/process.ts';
import { ok, type Result } from '../base/result.ts';
import type { Fragments } from '../kconfig/configure.ts';
import { build } from '../kernel/make/build.ts';
import type { Tree } from '../series/tree.ts';
import { finding, type Check } from './checks.ts';
import { codeOf, describeDifference } from './object-code.ts';

/** Objects that change when the system call table grows: in size, or by their NR_syscalls. */
const TABLE_USERS = new Set([...ARCH.systemCalls.users, 'kernel/sys_ni.o']);

/** Objects that are linked from others, made while linking, or of programs that run on the host. */
const NO_PART = /(?:^|\/)(?:vmlinux\.o|\.tmp_vmlinux.*|\.vmlinux\.export\.o)$|^(?:scripts|tools)\//;

/** A tree, and where it is built. */
interface Side {
  readonly tree: Tree;
  readonly directory: string;
}

/** The source without a series and with it, and options that switch nothing of it on. */
export interface SwitchedOffOptions {
  readonly base: Side;
  readonly patched: Side;
  readonly fragments: Fragments;
  readonly series: { readonly name: string; readonly growsTable: boolean };
}

/**
 * Builds both trees with the same options, which switch nothing of the series on. Then every
 * object must hold the same code in both, except where the series makes the system call
 * table longer.
 */
export const switchedOff = async (
  context: Context,
  { base, patched, fragments, series }: SwitchedOffOptions,
): Promise<Result<readonly Check[]>> => {
  for (const { tree, directory } of [base, patched]) {
    const built = await build(context, tree, directory, fragments, `${directory}.log`);
    if (!built.ok) return built;
  }
  const { differing, compared } = await compareObjects(
    [base.directory, patched.directory],
    context.signal,
  );
  const isExpected = ({ file }: Difference): boolean => series.growsTable && TABLE_USERS.has(file);
  const unexpected = differing.filter((difference) => !isExpected(difference));
  const expected = differing.filter(isExpected).map(describe);
  const note = [`${compared} objects`, ...expected].join('; ');
  return ok([
    finding('switched off, same code', unexpected.map(describe), note),
    await noSymbols(context, join(patched.directory, 'vmlinux'), series.name),
  ]);
};

interface Difference {
  readonly file: string;
  readonly what: string;
}

const describe = ({ file, what }: Difference): string => `${file}: ${what}`;

/** Compares the code of all objects of two builds. */
const compareObjects = async (
  [before, after]: readonly [string, string],
  signal: AbortSignal,
): Promise<{ readonly differing: readonly Difference[]; readonly compared: number }> => {
  const [left, right] = await Promise.all([objectsBelow(before), objectsBelow(after)]);
  const all = [...new Set([...left, ...right])].sort();
  const differing: Difference[] = [];
  for (const file of all) {
    if (!left.has(file)) differing.push({ file, what: 'is only there with the series' });
    else if (!right.has(file)) differing.push({ file, what: 'is only there without the series' });
    else {
      const what = await compareCode(join(before, file), join(after, file), signal);
      if (what !== undefined) differing.push({ file, what });
    }
  }
  return { differing, compared: all.length };
};

const objectsBelow = async (directory: string): Promise<ReadonlySet<string>> => {
  const names = await readdir(directory, { recursive: true });
  return new Set(names.filter((name) => name.endsWith('.o') && !NO_PART.test(name)));
};

/** What differs in the code of two objects; undefined when nothing does. */
const compareCode = async (
  before: string,
  after: string,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const [a, b] = await Promise.all([readFile(before), readFile(after)]);
  if (a.equals(b)) return undefined;
  const [old, now] = [await codeOf(before, signal), await codeOf(after, signal)];
  if (!old.ok) return old.failure.what;
  if (!now.ok) return now.failure.what;
  return describeDifference(old.value, now.value);
};

/** The kernel links no symbol of the series, except the weak stubs of its system calls. */
const noSymbols = async (context: Context, vmlinux: string, series: string): Promise<Check> => {
  const ended = await run({ argv: [tool('nm'), vmlinux], capture: true, signal: context.signal });
  const found = ended.stdout
    .toString()
    .split('\n')
    .map((line) => /^\S+ (\S) (\S+)$/.exec(line.trim()))
    .flatMap((match) => (match?.[1] && match[2] ? [{ type: match[1], name: match[2] }] : []))
    .filter(({ name }) => name.toLowerCase().includes(series.toLowerCase()));
  const stubs = found.filter(({ type, name }) => type === 'W' && /^__\w+_sys_/.test(name));
  const others = found.filter((symbol) => !stubs.includes(symbol));
  if (ended.code !== 0)
    return finding('switched off, no symbol', ['nm did not run', ...ended.tail.slice(-3)]);
  return finding(
    'switched off, no symbol',
    others.map(({ type, name }) => `${type} ${name}`),
    `${stubs.length} weak stubs of system calls`,
  );
};

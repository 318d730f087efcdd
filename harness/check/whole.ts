// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { step, type Context } from '../base/context.ts';
import { git, text } from '../base/git.ts';
import { ok, type Result } from '../base/result.ts';
import { fragmentsOf, type Fragments } from '../kconfig/configure.ts';
import { build, type Goal } from '../kernel/build.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { touchedFiles, type Tree } from '../series/tree.ts';
import { withTree } from '../series/with-tree.ts';
import { failureOf, finding, pass, type Check, type SeriesWanted } from './checks.ts';
import { headersAlone } from './headers.ts';
import { describeWarning } from './lint.ts';
import { planOf, suite } from './suite.ts';
import { switchedOff } from './switched-off.ts';
import { collisions, parseTable } from './syscall-table.ts';

const WHOLE = [
  'suite',
  'headers alone',
  'system call numbers',
  'tools build',
  'switched off, same code',
  'switched off, no symbol',
  'User Mode Linux builds',
] as const;

/** What is looked at once, with all patches in; all `not-run` where `kernel` was not built. */
export const checkWhole = async (
  context: Context,
  wanted: SeriesWanted,
  kernel: Kernel | undefined,
): Promise<Result<readonly Check[]>> => {
  const found: Check[] = [];
  if (kernel) {
    const plan = await planOf(context, [wanted.series]);
    if (!plan.ok) return plan;
    const directory = join(wanted.run.directory, 'whole');
    const ran = await suite(context, kernel, plan.value, { ...wanted.run, directory }, 'suite');
    if (!ran.ok) return ran;
    const { source, series } = wanted;
    const built = await withTree(context, source, [], (base) =>
      withTree(context, source, [series], (patched) =>
        checkTrees(context, wanted, kernel, base, patched),
      ),
    );
    if (!built.ok) return built;
    found.push(ran.value, ...built.value);
  }
  const byName = new Map(found.map((check) => [check.name, check]));
  return ok(WHOLE.map((name) => byName.get(name) ?? { name, verdict: 'not-run' }));
};

const checkTrees = async (
  context: Context,
  { series, inputs }: SeriesWanted,
  kernel: Kernel,
  base: Tree,
  patched: Tree,
): Promise<Result<readonly Check[]>> => {
  const at = (tree: Tree, name: string) => join(tree.directory, '..', name);
  const touched = await touchedFiles(patched);
  const checks: Check[] = [
    await headersAlone(context, touched, join(kernel.directory, 'include', 'headers')),
    await systemCalls(patched),
  ];
  const add = (result: Result<readonly Check[]>, name: string): Result<void> => {
    if (result.ok) checks.push(...result.value);
    else if (result.failure.kind !== 'unbuildable') return result;
    else checks.push(failureOf(name, result.failure));
    return ok(undefined);
  };
  const own = new Set(inputs.ownOptions);
  const bare = fragmentsOf(inputs.fragments.options.filter((option) => !own.has(option)));
  const off = await step(context, 'check', 'switched off', async () => {
    const sides = [base, patched].map((tree) => ({ tree, directory: at(tree, 'off') }));
    const [before, after] = sides;
    if (!before || !after) return ok({ value: [], cached: false });
    const compared = await switchedOff(context, before, after, bare, series.name);
    return compared.ok
      ? ok({ value: compared.value, cached: false, note: 'switched off' })
      : compared;
  });
  const others: readonly (readonly [string, string, Fragments, Goal])[] = [
    ['tools build', 'tools', bare, toolsGoal(touched)],
    [
      'User Mode Linux builds',
      'uml',
      // tinyconfig for UML is a 32-bit one.
      fragmentsOf([{ name: 'CONFIG_64BIT', value: 'y', where: 'User Mode Linux' }]),
      { targets: ['vmlinux'], variables: ['ARCH=um'] },
    ],
  ];
  const first = add(off, 'switched off, same code');
  if (!first.ok) return first;
  for (const [name, directory, fragments, goal] of others) {
    const made = await step(context, 'check', name, async () => {
      if (goal.targets.length === 0)
        return ok({ value: [pass(name, 'none touched')], cached: false });
      const log = at(patched, `${directory}.log`);
      const built = await build(context, patched, at(patched, directory), fragments, log, goal);
      if (!built.ok) return built;
      const said = built.value.map(describeWarning);
      return ok({ value: [finding(name, said)], cached: false, note: name });
    });
    const added = add(made, name);
    if (!added.ok) return added;
  }
  return ok(checks);
};

const TABLE = 'arch/x86/entry/syscalls/syscall_64.tbl';

const systemCalls = async (tree: Tree): Promise<Check> => {
  const tableAt = async (commit: string) =>
    parseTable(text(await git(['--git-dir', tree.repository, 'show', `${commit}:${TABLE}`])));
  const [before, after] = [await tableAt(tree.base), await tableAt(tree.commit)];
  const count = after.length - before.length;
  return finding('system call numbers', collisions(before, after), `${count} added`);
};

/** The programs below tools/ whose Makefiles the series brings, by the tree's own targets. */
const toolsGoal = (touched: ReadonlySet<string>): Goal => {
  const matches = (pattern: RegExp) =>
    [...touched].flatMap((file) => pattern.exec(file)?.[1] ?? []);
  const tools = matches(/^tools\/(\w+)\/Makefile$/);
  const selftests = matches(/^tools\/testing\/selftests\/(\w+)\/Makefile$/);
  return {
    targets: [
      ...tools.map((name) => `tools/${name}`),
      ...(selftests.length > 0 ? ['kselftest-all'] : []),
    ],
    variables: selftests.length > 0 ? [`TARGETS=${selftests.join(' ')}`] : [],
  };
};

// SPDX-License-Identifier: MIT
import { cp, rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { ARCH } from '../arch/host.ts';
import type { SystemCall } from '../arch/system-calls.ts';
import { step, type Context } from '../base/context.ts';
import { git, text } from '../base/process/git.ts';
import { ok, type Failure, type Result } from '../base/result.ts';
import { fragmentsOf, type Fragments } from '../kconfig/configure.ts';
import { build, type Goal } from '../kernel/make/build.ts';
import { describeWarning } from '../kernel/make/diagnostics.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { inDirectory } from '../run/spec.ts';
import { generatedPatches } from '../series/files/generated.ts';
import type { Tree } from '../series/tree.ts';
import { withTree } from '../series/with-tree.ts';
import { failureOf, finding, pass, type Check, type SeriesWalk } from './checks.ts';
import { headersAlone } from './headers.ts';
import { planOf, suite } from './suite.ts';
import { switchedOff } from './switched-off.ts';
import { collisions, parseTable } from './syscall-table.ts';

/** The source without the series and with it, laid out, and the kernel that was built. */
interface Sides {
  readonly walk: SeriesWalk;
  readonly kernel: Kernel;
  readonly base: Tree;
  readonly patched: Tree;
}

type Look = (context: Context, sides: Sides) => Promise<Result<readonly Check[]>>;

/** The checks of the whole series; each is named after the first check that it gives. */
const LOOKS: Readonly<Record<string, Look>> = {
  'headers alone': async (context, { kernel, patched }) => {
    const exported = join(kernel.directory, 'include', 'headers');
    return ok([await headersAlone(context, patched.touched, exported)]);
  },
  'system call numbers': async (_, { patched }) => {
    const [before, after] = [await tableAt(patched, patched.base), await tableAt(patched)];
    const count = after.length - before.length;
    const unread = before.length === 0 || after.length === 0 ? [`${TABLE} cannot be read`] : [];
    const problems = [...unread, ...collisions(before, after)];
    return ok([finding('system call numbers', problems, `${count} added`)]);
  },
  'copies of guest files': async (context, { walk }) => {
    const patches = await generatedPatches(context.project, walk.series);
    if (!patches.ok) return patches;
    const stale = patches.value.flatMap((p) => p.stale.map((file) => `${p.patch.name}: ${file}`));
    return ok([finding('copies of guest files', stale)]);
  },
  'tools build': async (context, sides) => {
    const { kernel, patched } = sides;
    const goal = toolsGoal(patched.touched);
    if (goal.targets.length === 0) return ok([pass('tools build', 'none touched')]);
    // They are compiled against the exported headers, and no make rule installs these.
    const directory = buildOf(patched, 'tools');
    const exported = join(directory, 'usr', 'include');
    await rm(directory, { recursive: true, force: true });
    await cp(join(kernel.directory, 'include', 'headers'), exported, { recursive: true });
    return builds(context, sides, {
      name: 'tools build',
      directory: 'tools',
      fragments: bare(sides),
      goal,
    });
  },
  'switched off, same code': async (context, sides) => {
    const side = (tree: Tree) => ({ tree, directory: buildOf(tree, 'off') });
    const { base, patched, walk } = sides;
    const growsTable = patched.touched.has(TABLE);
    const series = { name: walk.series.name, growsTable };
    const trees = { base: side(base), patched: side(patched) };
    return switchedOff(context, { ...trees, fragments: bare(sides), series });
  },
  'User Mode Linux builds': (context, sides) => {
    const name = 'User Mode Linux builds';
    const { userMode } = ARCH.kernel;
    if (!userMode) return Promise.resolve(ok([pass(name, `there is none for ${ARCH.name}`)]));
    const options = userMode.options.map((option) => ({
      name: option,
      value: 'y',
      where: 'User Mode Linux',
    }));
    const goal = { targets: ['vmlinux'], variables: userMode.variables };
    return builds(context, sides, {
      name,
      directory: 'uml',
      fragments: fragmentsOf(options),
      goal,
    });
  },
};

/** The checks of the whole; those that were not reached are `not-run`. */
export interface Whole {
  readonly checks: readonly Check[];
  /** The environment's failure, where one ended it. */
  readonly stopped?: Failure;
}

/** Checks the whole series; without a kernel all of it is `not-run`. */
export const checkWhole = async (
  context: Context,
  walk: SeriesWalk,
  kernel: Kernel | undefined,
): Promise<Whole> => {
  const checks: Check[] = [];
  const ended = kernel ? await lookAtAll(context, { walk, kernel }, checks) : ok(undefined);
  const found = new Set(checks.map((check) => check.name));
  for (const name of ['suite', ...Object.keys(LOOKS)])
    if (!found.has(name)) checks.push({ name, verdict: 'not-run' });
  return ended.ok ? { checks } : { checks, stopped: ended.failure };
};

/** Adds what it finds to `checks` as it goes. Fails only where the environment does. */
const lookAtAll = async (
  context: Context,
  { walk, kernel }: Pick<Sides, 'walk' | 'kernel'>,
  checks: Check[],
): Promise<Result<void>> => {
  const { source, series, spec } = walk;
  const plan = await planOf(context, [series]);
  if (!plan.ok) return plan;
  const there = inDirectory(spec, join(spec.output.directory, 'whole'));
  const ran = await suite(context, kernel, { name: 'suite', plan: plan.value, spec: there });
  if (!ran.ok) return ran;
  checks.push(ran.value);
  return withTree(context, source, [], (base) =>
    withTree(context, source, [series], async (patched) => {
      for (const [name, look] of Object.entries(LOOKS)) {
        const found = await step(context, 'check', name, async () => {
          const looked = await look(context, { walk, kernel, base, patched });
          if (looked.ok) return ok({ value: looked.value, cached: false, note: name });
          if (looked.failure.kind !== 'unbuildable') return looked;
          return ok({ value: [failureOf(name, looked.failure)], cached: false, note: name });
        });
        if (!found.ok) return found;
        checks.push(...found.value);
      }
      return ok(undefined);
    }),
  );
};

const buildOf = (tree: Tree, name: string): string => join(tree.directory, '..', name);

/** The options of the base: nothing that the series asks for. */
const bare = ({ walk }: Sides): Fragments => {
  const own = new Set(walk.inputs.ownOptions);
  return fragmentsOf(walk.inputs.fragments.options.filter((option) => !own.has(option)));
};

/** What is built, in a directory of its own. */
interface OwnBuild {
  /** The name of the check. */
  readonly name: string;
  readonly directory: string;
  readonly fragments: Fragments;
  readonly goal: Goal;
}

/** Builds the patched tree in a directory of its own; a warning in a file of the series is a problem. */
const builds = async (
  context: Context,
  { patched }: Sides,
  { name, directory, fragments, goal }: OwnBuild,
): Promise<Result<readonly Check[]>> => {
  const at = buildOf(patched, directory);
  const built = await build(context, patched, at, fragments, `${at}.log`, goal);
  return built.ok ? ok([finding(name, built.value.warnings.map(describeWarning))]) : built;
};

const TABLE = ARCH.systemCalls.table;

const tableAt = async (tree: Tree, commit = tree.commit): Promise<readonly SystemCall[]> => {
  const shown = await git(['--git-dir', tree.repository, 'show', `${commit}:${TABLE}`]);
  return shown.code === 0 ? parseTable(text(shown)) : [];
};

/** The make targets of the programs below tools/ whose Makefiles the series adds. */
const toolsGoal = (touched: ReadonlySet<string>): Goal => {
  const matches = (pattern: RegExp) =>
    [...touched].flatMap((file) => pattern.exec(file)?.[1] ?? []);
  const tools = matches(/^tools\/([\w-]+)\/Makefile$/);
  const selftests = matches(/^tools\/testing\/selftests\/([\w/-]+)\/Makefile$/);
  return {
    targets: [
      ...tools.map((name) => `tools/${name}`),
      ...(selftests.length > 0 ? ['kselftest-all'] : []),
    ],
    variables: selftests.length > 0 ? [`TARGETS=${selftests.join(' ')}`, 'FORCE_TARGETS=1'] : [],
    // make runs their compilers in their own directories: a warning names the file from there.
    files: new Set([...touched, ...[...touched].map((file) => posix.basename(file))]),
  };
};

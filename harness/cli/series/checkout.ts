// SPDX-License-Identifier: MIT
import { writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { ARCH } from '../../arch/host.ts';
import type { Context } from '../../base/context.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { commandsOf } from '../../kernel/objects/commands.ts';
import { compileCommands } from '../../kernel/objects/compile-commands.ts';
import { baseOf } from '../../series/checkout/branch.ts';
import type { RunSpec } from '../../run/spec.ts';
import { checkOutSeries } from '../../series/checkout/checkout.ts';
import { exportSeries } from '../../series/checkout/export.ts';
import { remembered } from '../../series/checkout/remembered.ts';
import { sparsePatterns } from '../../series/checkout/sparse.ts';
import { filesTouched } from '../../series/patch/contents.ts';
import type { Series } from '../../series/series.ts';
import { acquireSource } from '../../source/acquire.ts';
import { readPin } from '../../source/pin.ts';
import type { Source } from '../../source/source.ts';
import { openUserTree, sourceAt } from '../../source/tree/user-tree.ts';
import { attempt } from '../attempt.ts';
import type { Invocation } from '../invocation.ts';
import { specOf } from '../options/resolve.ts';
import { builtOf } from './built.ts';
import { readOne } from './read-one.ts';

/** What these commands work on. */
interface Subject {
  readonly source: Source;
  readonly series: Series;
  /** The directory of its checkout, as it is given or remembered. */
  readonly known: string | undefined;
  readonly spec: RunSpec;
}

/** The series, and where its checkout lies. */
export interface Asked {
  readonly name: string;
  readonly directory: string | undefined;
}

/** A clone in which each patch is a commit; `sparse`, of the files that its build reaches. */
export const checkoutCommand = async (
  asked: Asked,
  { sparse }: { readonly sparse: boolean },
  invocation: Invocation,
): Promise<number> => {
  const run = await attemptOn(asked, invocation, async (context, { source, series, spec }) => {
    const directory = resolve(asked.directory ?? `linux-${series.name}`);
    const patterns = sparse ? await reachedBy(context, spec, series) : ok(undefined);
    if (!patterns.ok) return patterns;
    const place = { directory, ...(patterns.value ? { sparse: patterns.value } : {}) };
    const made = await checkOutSeries(context, source, series, place);
    return made.ok ? ok({ directory, series }) : made;
  });
  const { result, refuse, exitCode } = run;
  if (!result.ok) return refuse(result.failure);
  const { directory, series } = result.value;
  const count = series.patches.length;
  process.stdout.write(
    `${relative(process.cwd(), directory)}: branch ${series.name}, ${count} commit${count === 1 ? '' : 's'} above kbt-base\n`,
  );
  return exitCode(0);
};

const reachedBy = async (
  context: Context,
  spec: RunSpec,
  series: Series,
): Promise<Result<readonly string[]>> => {
  const build = await builtOf(context, spec, series.name);
  if (!build.ok) return build;
  const commands = await commandsOf(build.value);
  const files = commands.flatMap((command) => [command.source, ...command.files]);
  const own = series.patches.flatMap(filesTouched);
  const inTree = [...files, ...own].filter((file) => !file.startsWith('..'));
  return ok(sparsePatterns(inTree, ARCH.kernel.directory));
};

/** compile_commands.json for an editor's language server, in the checkout. */
export const compileCommandsCommand = async (
  asked: Asked,
  invocation: Invocation,
): Promise<number> => {
  const run = await attemptOn(asked, invocation, async (context, { series, known, spec }) => {
    if (known === undefined) return notCheckedOut(series);
    const build = await builtOf(context, spec, series.name);
    if (!build.ok) return build;
    const tree = resolve(known);
    const commands = await compileCommands(build.value, tree);
    const file = join(tree, 'compile_commands.json');
    await writeFile(file, `${JSON.stringify(commands, null, 2)}\n`);
    return ok({ file, count: commands.length });
  });
  const { result, refuse, exitCode } = run;
  if (!result.ok) return refuse(result.failure);
  const { file, count } = result.value;
  process.stdout.write(`${relative(process.cwd(), file)}: ${count} files\n`);
  return exitCode(0);
};

const notCheckedOut = ({ name }: Series) =>
  fail('usage', `nobody has checked ${name} out`, { remedy: `kbt series checkout ${name}` });

/** The commits of a checkout back into files. */
export const exportCommand = async (asked: Asked, invocation: Invocation): Promise<number> => {
  const run = await attemptOn(asked, invocation, async (context, { source, series, known }) => {
    if (known === undefined) return notCheckedOut(series);
    return exportSeries(context, source, series, resolve(known));
  });
  const { result, refuse, exitCode } = run;
  if (!result.ok) return refuse(result.failure);
  const { written, removed, unchanged } = result.value;
  const lines = [
    ...written.map((name) => `+ ${name}`),
    ...removed.map((name) => `- ${name}`),
    `${unchanged} unchanged`,
  ];
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  return exitCode(0);
};

/** Does the work of a command on the series that it names, on the pinned source or one of a tree. */
const attemptOn = <T>(
  { name, directory }: Asked,
  invocation: Invocation,
  work: (context: Context, subject: Subject) => Promise<Result<T>>,
) =>
  attempt(invocation, async (context) => {
    const spec = specOf(invocation);
    if (!spec.ok) return spec;
    const series = await readOne(context, name);
    if (!series.ok) return series;
    const pin = await readPin(context);
    if (!pin.ok) return pin;
    const known = directory ?? (await remembered(context, series.value))?.directory;
    const { given, frozen, tree } = spec.value.kernel.source;
    const source =
      tree === undefined
        ? await acquireSource(context, pin.value, { given, frozen })
        : await sourceBelow(context, tree, known);
    return source.ok
      ? work(context, { source: source.value, series: series.value, known, spec: spec.value })
      : source;
  });

/** The commit of a user's tree that a checkout stands on. */
const sourceBelow = async (
  context: Context,
  directory: string,
  checkout: string | undefined,
): Promise<Result<Source>> => {
  const tree = await openUserTree(context, directory);
  if (!tree.ok) return tree;
  const base = checkout === undefined ? undefined : await baseOf(checkout);
  return sourceAt(context, tree.value, base ?? 'HEAD');
};

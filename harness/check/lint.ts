// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ARCH } from '../arch/host.ts';
import type { Context } from '../base/context.ts';
import { ok, type Result } from '../base/result.ts';
import type { Fragments } from '../kconfig/configure.ts';
import { build } from '../kernel/make/build.ts';
import { touch } from '../kernel/make/build-state.ts';
import { newIn, type Warning } from '../kernel/make/diagnostics.ts';
import type { Tree } from '../series/tree.ts';

/** The warnings of W=1 and of sparse about the files that a series touches. */
export interface Lint {
  readonly compiler: readonly Warning[];
  readonly sparse: readonly Warning[];
}

const { directory: OURS } = ARCH.kernel;

/** Directories whose C files are no part of a kernel of this architecture. */
const OUTSIDE = new RegExp(
  `^(?:tools|Documentation|samples|scripts|usr|arch/(?!${OURS}/)[^/]+|arch/${OURS}/um)/`,
);

/** The objects that C and assembly files of the kernel become. */
export const objectsOf = (files: Iterable<string>): readonly string[] =>
  [...files]
    .filter((file) => /\.[cS]$/.test(file) && !OUTSIDE.test(file))
    .map((file) => file.replace(/\.[cS]$/, '.o'));

/**
 * Compiles the files in question, alone and with W=1, and has sparse look at
 * them, in a build directory of their own. `files` is relative to the tree; what
 * is not there is passed over. Fails as the build does.
 */
export const lint = async (
  context: Context,
  tree: Tree,
  directory: string,
  fragments: Fragments,
  files: ReadonlySet<string>,
): Promise<Result<Lint>> => {
  const there = [...files].filter((file) => existsSync(join(tree.directory, file)));
  const targets = objectsOf(there);
  if (targets.length === 0) return ok({ compiler: [], sparse: [] });
  // A warning comes only when its file is compiled.
  await touch(
    tree,
    there.filter((file) => /\.[cS]$/.test(file)),
  );
  const log = `${directory}.log`;
  const compiler = await build(context, tree, directory, fragments, log, {
    targets,
    variables: ['W=1'],
    files,
  });
  if (!compiler.ok) return compiler;
  // With C=2 sparse also reads files that need no compiling.
  const sparse = await build(context, tree, directory, fragments, log, {
    targets,
    variables: ['W=1', 'C=2'],
    files,
  });
  if (!sparse.ok) return sparse;
  const { warnings } = compiler.value;
  return ok({ compiler: warnings, sparse: newIn(sparse.value.warnings, warnings) });
};

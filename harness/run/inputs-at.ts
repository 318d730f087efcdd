// SPDX-License-Identifier: MIT
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../base/context.ts';
import { git, text } from '../base/process/git.ts';
import { printable } from '../base/process/lines.ts';
import { run } from '../base/process/process.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { temporary } from '../base/cache/scratch.ts';
import { readInputs, type Inputs, type InputsSpec } from './inputs.ts';

/** Git in the repository of the project. */
const here = ({ project, signal }: Context, args: readonly string[]) =>
  git(['-C', project, ...args], { signal });

/** The commit that a revision of the project's repository is. Fails with `usage`. */
export const revisionOf = async (context: Context, revision: string): Promise<Result<string>> => {
  const parsed = await here(context, ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`]);
  return parsed.code === 0
    ? ok(text(parsed))
    : fail('usage', `${revision} is no revision of ${context.project}`, {
        remedy: 'name a tag, a branch or a commit; in a shallow clone: git fetch --unshallow',
      });
};

/**
 * What kernel-patches/ of the project held at a commit, or, `without` another commit, would
 * hold had that one not been. Fails with `unbuildable` where others stand on it, else as
 * {@link readInputs} does.
 */
export const inputsAt = async (
  context: Context,
  commit: string,
  spec: InputsSpec,
  without?: string,
): Promise<Result<Inputs>> => {
  const scratch = await temporary('revision');
  try {
    const unpacked = await unpack(context, commit, scratch);
    if (!unpacked.ok) return unpacked;
    if (without !== undefined) {
      const taken = await takeOut(context, without, unpacked.value);
      if (!taken.ok) return taken;
    }
    const read = await readInputs({ root: context.root, project: unpacked.value }, spec);
    return named(read, unpacked.value, `${commit.slice(0, 12)}:`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** With its files called as git calls them, `REVISION:PATH`: where they lie is nobody's business. */
const named = (read: Result<Inputs>, project: string, revision: string): Result<Inputs> => {
  const name = (path: string): string => path.replaceAll(`${project}/`, revision);
  if (!read.ok) {
    const { what, where, detail } = read.failure;
    const told = { what: name(what), ...(where && { where: name(where) }) };
    return {
      ok: false,
      failure: { ...read.failure, ...told, ...(detail && { detail: name(detail) }) },
    };
  }
  const series = read.value.series.map((one) => ({
    ...one,
    directory: name(one.directory),
    patches: one.patches.map((patch) => ({ ...patch, file: name(patch.file) })),
  }));
  return ok({ ...read.value, series });
};

const unpack = async (
  context: Context,
  commit: string,
  scratch: string,
): Promise<Result<string>> => {
  const archive = join(scratch, 'archive.tar');
  const project = join(scratch, 'project');
  await mkdir(project);
  const packed = await here(context, ['archive', '-o', archive, commit, 'kernel-patches']);
  const unpacked =
    packed.code === 0
      ? await run({ argv: ['tar', '-xf', archive, '-C', project], signal: context.signal })
      : packed;
  return unpacked.code === 0
    ? ok(project)
    : fail('usage', `there is no kernel-patches/ at ${commit.slice(0, 12)}`, {
        detail: unpacked.tail.slice(-3).map(printable).join('\n'),
      });
};

const takeOut = async (
  context: Context,
  commit: string,
  project: string,
): Promise<Result<void>> => {
  const range = [`${commit}^1`, commit];
  const change = await here(context, [
    ...['diff', '--relative', '--binary', '--full-index', ...range],
    ...['--', 'kernel-patches'],
  ]);
  const applied =
    change.code === 0
      ? await git(['apply', '-R', '--whitespace=nowarn', '-'], {
          cwd: project,
          stdin: change.stdout,
          // No repository above the scratch has a say.
          env: { GIT_CEILING_DIRECTORIES: join(project, '..') },
        })
      : change;
  return applied.code === 0
    ? ok(undefined)
    : fail('unbuildable', `what comes after ${commit.slice(0, 12)} stands on it`, {
        detail: applied.tail.slice(0, 5).map(printable).join('\n'),
      });
};

// SPDX-License-Identifier: MIT
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCH } from '../../arch/host.ts';
import type { Context } from '../../base/context.ts';
import { git } from '../../base/process/git.ts';
import { printable } from '../../base/process/lines.ts';
import { run } from '../../base/process/process.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { starved } from '../../base/process/starved.ts';
import { configure, type Fragments } from '../../kconfig/configure.ts';
import { ownerOf, type Tree } from '../../series/tree.ts';
import { keyOf, NOTHING, readState, touch, writeState, type BuildState } from './build-state.ts';
import {
  DiagnosticReader,
  MODPOST,
  parseProgress,
  placeOfSeries,
  type Diagnostic,
  type FileLine,
  type Warning,
} from './diagnostics.ts';
import { mayHideIncbin } from './incbin.ts';
import { make, type MakeOptions } from './make.ts';
import { roomForBuild } from './room.ts';
import { filesAsking, headersAdded, headersOfBase, removeShadowed } from './shadowed.ts';
import { toolchain } from './toolchain.ts';

/** What is made, and how make is told to. */
export interface Goal {
  readonly targets: readonly string[];
  readonly variables: readonly string[];
  /** The files whose warnings are given; without it those that the series touch. */
  readonly files?: ReadonlySet<string>;
}

export const KERNEL: Goal = { targets: [ARCH.kernel.target], variables: [] };

/** What a make came to. */
export interface Built {
  /** In files that the series touch. */
  readonly warnings: readonly Warning[];
  /** How many objects and other files it made. */
  readonly steps: number;
}

/**
 * Makes the kernel, or another goal, in a build directory that outlives the run; goals may share
 * one where each builds on the last. Fails with `unbuildable`: the
 * compiler's own lines, then the patch that owns the line.
 */
export const build = async (
  context: Context,
  tree: Tree,
  directory: string,
  fragments: Fragments,
  log: string,
  goal: Goal = KERNEL,
): Promise<Result<Built>> => {
  // A ccache that fails says nothing of its own, and make blames the file.
  if ((await run({ argv: ['ccache', '--version'], signal: context.signal })).code !== 0)
    return fail('environment', 'ccache does not run', {
      code: 'tool-missing',
      remedy: 'try ccache --version; kbt doctor names the package',
    });
  const room = await roomForBuild(tree.directory, directory, fragments, goal.targets);
  if (!room.ok) return room;
  const tools = await toolchain(context);
  if (!tools.ok) return tools;
  const { programs } = tools.value;
  const { state: before, base } = await stateFor(tree, directory, programs);
  await mkdir(directory, { recursive: true });
  const touched = goal.files ?? tree.touched;
  // A killed make may have compiled a file and lost its warning with it; of a file
  // that nobody watched, nobody has kept the warning.
  const unwatched = [...touched].filter((file) => !before.watched?.includes(file));
  const lost = before.status === 'making' ? touched : [...before.warned, ...unwatched];
  await touch(tree, lost);
  // modpost speaks only when it links anew.
  if (before.warned.includes(MODPOST)) await rm(join(directory, 'vmlinux.o'), { force: true });
  const { variables } = goal;
  const hidden = await mayHideIncbin(tree);
  const options = {
    ...{ tree: tree.directory, build: directory, log, variables },
    bases: base.headers,
    depend: !hidden,
    programs,
  };
  const changed = await needsConfiguring(tree, before.commit, before.fragments, fragments);
  // Until .config is whole, nothing may take it for that of any fragments.
  const configuredFor = { fragments: keyOf(fragments), commit: tree.commit };
  const making: BuildState = changed
    ? { ...before, base, programs, fragments: undefined, commit: undefined, status: 'making' }
    : { ...before, base, programs, ...configuredFor, status: 'making' };
  await writeState(directory, making);

  const diagnostics: Diagnostic[] = [];
  if (changed) {
    const configured = await configure(
      context,
      tree.directory,
      directory,
      fragments,
      async (target) => {
        const made = await runMake(context, options, [target], 0);
        diagnostics.push(...made.diagnostics);
        return made.ok ? ok(undefined) : explain(tree, made);
      },
    );
    if (!configured.ok) return configured;
    await writeState(directory, { ...making, ...configuredFor });
  }
  const { made, added } = await makeSoundly(context, tree, options, goal, before);
  if (context.signal.aborted) return fail('interrupted', 'interrupted');
  diagnostics.push(...made.diagnostics);
  const warnings = diagnostics.flatMap((diagnostic) => {
    // Sparse calls errors what make goes on after.
    const counts = diagnostic.kind === 'warning' || made.ok;
    const place = counts ? placeOfSeries(diagnostic, touched) : undefined;
    return place ? [{ ...place, text: diagnostic.text }] : [];
  });
  await writeState(directory, {
    ...configuredFor,
    base,
    programs,
    added,
    // A Kconfig warning comes only when .config is made: make it again.
    ...(warnings.some((w) => /(^|\/)Kconfig/.test(w.file)) ? { fragments: undefined } : {}),
    status: 'made',
    watched: [...touched],
    warned: [...new Set([...(made.ok ? [] : before.warned), ...warnings.map((w) => w.file)])],
    steps: Math.max(before.steps, made.steps),
  });
  if (!made.ok) return explain(tree, made);
  const owned = await Promise.all(
    unique(warnings).map(async ({ file, line, text }) => ({
      file,
      line,
      text,
      patch: await ownerOf(tree, file, line),
    })),
  );
  return ok({ warnings: owned, steps: made.steps });
};

/**
 * What a build directory remembers. One on a base with other headers, or of another compiler, is
 * thrown away: make would keep objects in which names led elsewhere, and knows a compiler by its
 * version alone.
 */
const stateFor = async (
  tree: Tree,
  directory: string,
  programs: string,
): Promise<{ state: BuildState; base: NonNullable<BuildState['base']> }> => {
  const state = await readState(directory);
  const known = state.base?.commit === tree.base ? state.base.headers : undefined;
  const headers = known ?? (await headersOfBase(tree));
  const same = state.base?.headers === headers && state.programs === programs;
  // What stands in one of which nothing is known, somebody has put there for this build.
  if (!same && state !== NOTHING) await rm(directory, { recursive: true, force: true });
  return { state: same ? state : NOTHING, base: { commit: tree.base, headers } };
};

const unique = <T extends FileLine & { readonly text: string }>(
  diagnostics: readonly T[],
): readonly T[] => [
  ...new Map(diagnostics.map((d) => [`${d.file}:${d.line}:${d.text}`, d])).values(),
];

/** Kconfig files and the tree's own fragments decide .config along with ours. */
const needsConfiguring = async (
  tree: Tree,
  commit: string | undefined,
  had: string | undefined,
  fragments: Fragments,
): Promise<boolean> => {
  if (commit === undefined || had !== keyOf(fragments)) return true;
  if (commit === tree.commit) return false;
  const diff = await git([
    '--git-dir',
    tree.repository,
    'diff',
    '--name-only',
    commit,
    tree.commit,
  ]);
  return diff.code !== 0 || /(^|\/)Kconfig|^scripts\/|configs\//m.test(diff.stdout.toString());
};

interface Made {
  readonly ok: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly tail: readonly string[];
  /** What make was killed by. */
  readonly signal: string | undefined;
  readonly steps: number;
}

const runMake = async (
  context: Context,
  options: MakeOptions,
  targets: readonly string[],
  expected: number,
): Promise<Made> => {
  const reader = new DiagnosticReader(options.tree, options.build);
  let steps = 0;
  const ended = await make(
    context,
    {
      ...options,
      onLine: (line) => {
        const doing = parseProgress(line);
        if (doing !== undefined)
          context.emit({
            type: 'step',
            reason: 'progress',
            step: 'kernel',
            text: doing,
            done: ++steps,
            ...(expected >= steps ? { total: expected } : {}),
          });
        reader.push(line);
      },
    },
    targets,
  );
  const { code, signal, tail } = ended;
  return { ok: code === 0, diagnostics: reader.diagnostics, tail, signal, steps };
};

/** Makes; what a header shadows that was added is made again, and taken from nowhere. */
const makeSoundly = async (
  context: Context,
  tree: Tree,
  options: MakeOptions,
  { targets }: Goal,
  before: BuildState,
): Promise<{ readonly made: Made; readonly added: readonly string[] }> => {
  const began = Date.now();
  const made = await runMake(context, options, targets, before.steps);
  const added = await headersAdded(tree);
  const proven = added.join('\n') === before.added?.join('\n');
  // The clock of a file system may be behind a little.
  const since = proven ? began - 1000 : 0;
  if (context.signal.aborted || added.length === 0) return { made, added };
  const news = { headers: added, asking: await filesAsking(tree), since };
  if (!(await removeShadowed(tree, options.build, news))) return { made, added };
  const again = await runMake(context, { ...options, anew: true }, targets, 0);
  const diagnostics = [...made.diagnostics, ...again.diagnostics];
  return { made: { ...again, diagnostics, steps: made.steps }, added };
};

/** Of a make that failed: where, whose line it is, and what the compiler said. */
const explain = async (tree: Tree, made: Made) => {
  const failure = starved('the kernel', made);
  if (failure) return { ok: false, failure } as const;
  const first = made.diagnostics.find((d) => d.kind === 'error');
  const begin = made.tail.findIndex((line) => /error[: ]|\*\*\*|undefined reference/i.test(line));
  const said = made.tail
    .slice(Math.max(begin - 3, 0))
    .filter((line) => parseProgress(line) === undefined)
    .slice(0, 30)
    .map(printable);
  const owner = first && (await ownerOf(tree, first.file, first.line));
  return fail('unbuildable', 'the kernel does not build', {
    ...(first
      ? { code: 'compile-error', where: `${first.file}:${first.line}`, error: first.text }
      : {}),
    detail: [...said, ...(owner ? [`this line is of the patch ${owner}`] : [])].join('\n'),
  });
};

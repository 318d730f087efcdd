// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { ARCH, tool } from '../arch/host.ts';
import { directoriesOf, type Context, type Roots } from '../base/context.ts';
import { isSound } from '../base/cache/entry.ts';
import { digest, digestDirectory, fingerprint } from '../base/fingerprint.ts';
import { run } from '../base/process/process.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { starved } from '../base/process/starved.ts';
import { atomicDirectory } from '../base/cache/store.ts';

export interface Compiled {
  readonly file: string;
  readonly cached: boolean;
}

/** What a guest program is compiled against. */
export interface Includes {
  /** Searched in this order, before the compiler's own. */
  readonly directories: readonly string[];
  /** Digest over all of them. */
  readonly digest: string;
}

/** guest/include, the project's first, then the headers of a kernel's store entry. */
export const includesOf = async (
  roots: Roots,
  kernel: { readonly directory: string; readonly headers: string },
): Promise<Includes> => {
  const own = [...directoriesOf(roots, 'guest', 'include')].reverse();
  const digests = await Promise.all(own.map(digestDirectory));
  return {
    directories: [
      ...own,
      join(kernel.directory, 'include', 'kselftest'),
      join(kernel.directory, 'include', 'headers'),
    ],
    digest: [kernel.headers, ...digests].join('-'),
  };
};

const FLAGS = ['-static', '-s', '-Wall', '-Wextra', '-pthread'];

/** How a program is compiled. */
export interface How {
  readonly includes?: Includes;
  /** Programs of kbt's own are; tests are not, as the kernel's selftests/lib.mk has it. */
  readonly optimised: boolean;
}

/**
 * _GNU_SOURCE as the program itself defines it, or empty, as the kernel's selftests have it
 * from their lib.mk: the compiler warns where two definitions differ, and only there.
 */
const gnuSource = (program: string): string =>
  `-D_GNU_SOURCE=${/^[ \t]*#[ \t]*define[ \t]+_GNU_SOURCE[ \t]+(\w+)/m.exec(program)?.[1] ?? ''}`;

/** Where the executable of a program lies once it is compiled, and the flags that it is compiled with. */
const placeOf = async (
  context: Context,
  source: string,
  { includes, optimised }: How,
): Promise<{ readonly home: string; readonly flags: readonly string[] }> => {
  const program = await readFile(source, 'utf8');
  const flags = [...FLAGS, ...(optimised ? ['-O2'] : []), gnuSource(program)];
  const key = fingerprint({
    architecture: ARCH.name,
    source: program,
    // A header beside the program may be included by it.
    beside: await digestHeadersBeside(source),
    // The file in the store is called by the name; the program may print the whole.
    shown: shown(context, source),
    compiler: await compilerIdentity(context),
    includes: includes?.digest,
    flags,
  });
  return { home: join(context.cache, 'programs', key), flags };
};

/** Whether the store has a program, compiled as it is now. */
export const isCompiled = async (context: Context, source: string, how: How): Promise<boolean> =>
  existsSync((await placeOf(context, source, how)).home);

/** Compiles one static C program, or takes it from the store. Fails with `unbuildable`. */
export const compile = async (
  context: Context,
  source: string,
  how: How,
): Promise<Result<Compiled>> => {
  const { includes } = how;
  const name = basename(source, '.c');
  const { home, flags } = await placeOf(context, source, how);
  const file = join(home, name);
  if (await isSound(context, home)) return ok({ file, cached: true });
  let said: readonly string[] = [];
  const made = await atomicDirectory(home, async (scratch) => {
    const ended = await run({
      argv: [
        tool('gcc'),
        ...flags,
        ...(includes?.directories ?? []).flatMap((d) => ['-isystem', d]),
        ...pathsAsShown(context, source, includes?.directories ?? []),
        '-o',
        join(scratch, name),
        source,
      ],
      signal: context.signal,
    });
    said = ended.tail;
    if (ended.code === 0) return ok(undefined);
    const failure = starved(`the test program ${name}`, ended);
    if (failure) return { ok: false, failure };
    const [error] = ended.tail.flatMap((line) => /\berror: (.*)$/.exec(line)?.[1] ?? []);
    return fail('unbuildable', `the test program ${name} does not compile`, {
      code: 'program-compile-error',
      where: source,
      ...(error === undefined ? {} : { error }),
      detail: ended.tail.slice(0, 30).join('\n'),
    });
  });
  if (!made.ok) return made;
  // One in a macro comes as often as that is used.
  for (const line of new Set(said.filter((l) => l.includes('warning:'))))
    context.emit({ type: 'warning', text: line });
  return ok({ file, cached: false });
};

/** What a program knows as its __FILE__: no place of this machine. */
const shown = ({ project, root }: Roots, source: string): string =>
  [project, root].map((place) => relative(place, source)).find((path) => !path.startsWith('..')) ??
  basename(source);

/** One fingerprint is one program, wherever its source and the headers lie. */
const pathsAsShown = (
  roots: Roots,
  source: string,
  includes: readonly string[],
): readonly string[] => {
  const before = source.slice(0, source.length - shown(roots, source).length);
  return [before, ...includes.map((d) => `${d}/`)].map((path) => `-ffile-prefix-map=${path}=`);
};

/** The compiler and the C library that is linked in; asked once a process. */
let identity: Promise<string> | undefined;
const compilerIdentity = (context: Context): Promise<string> => {
  const ask = async (...args: string[]): Promise<string> => {
    const ended = await run({
      argv: [tool('gcc'), ...args],
      capture: true,
      signal: context.signal,
    });
    return ended.stdout.toString().split('\n')[0] ?? '';
  };
  identity ??= (async () => {
    const [version, library] = await Promise.all([
      ask('--version'),
      ask('-print-file-name=libc.a'),
    ]);
    const { size, mtimeMs } = await stat(library).catch(() => ({ size: 0, mtimeMs: 0 }));
    return `${version} ${library} ${size} ${mtimeMs}`;
  })();
  return identity;
};

/** The quoted headers of a file, and theirs, where they lie beside it. */
const digestHeadersBeside = async (
  source: string,
  seen = new Set<string>(),
): Promise<readonly string[]> => {
  const text = await readFile(source, 'utf8').catch(() => '');
  const digests = [digest(text)];
  for (const [, name = ''] of text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)) {
    const file = resolve(dirname(source), name);
    if (seen.has(file)) continue;
    seen.add(file);
    digests.push(...(await digestHeadersBeside(file, seen)));
  }
  return digests;
};

// SPDX-License-Identifier: MIT
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ARCH } from '../../arch/host.ts';
import { directoriesOf, step, type Context, type Roots } from '../../base/context.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { compile, includesOf } from '../../guest/compile.ts';
import { packCpio, type Member } from '../../guest/cpio.ts';
import { imageOf, type Kernel } from '../../kernel/kernel.ts';
import { runProbes, type Told } from './count-run.ts';

/** The directories of guest/probes/ that a run takes: those for all kernels, and one a series. */
const homesOf = (roots: Roots, series: readonly string[]): readonly string[] =>
  ['base', ...series].flatMap((name) => directoriesOf(roots, 'guest', 'probes', name));

/**
 * Compiles the probes, against the headers of a kernel that has all calls, and packs
 * them with an init of their own into `file`. Fails with `unbuildable`.
 */
export const packProbes = (
  context: Context,
  kernel: Kernel,
  series: readonly string[],
  more: readonly string[],
  file: string,
): Promise<Result<void>> =>
  step(context, 'programs', 'probes', async () => {
    const how = { includes: await includesOf(context, kernel), optimised: true };
    const homes = [...homesOf(context, series), ...more];
    const sources: string[] = [];
    for (const home of homes) {
      const names = await readdir(home).catch(() => undefined);
      if (!names) return fail('usage', `--probe-dir: cannot read ${home}`);
      for (const name of names.filter((each) => each.endsWith('.c'))) {
        const twin = sources.find((source) => basename(source) === name);
        if (twin !== undefined)
          return fail('usage', `two files of probes are called ${name}`, {
            where: join(home, name),
            detail: twin,
            remedy: 'give one of them another name',
          });
        sources.push(join(home, name));
      }
    }
    const init = await compile(context, join(context.root, 'guest', 'probes', 'init.c'), how);
    if (!init.ok) return init;
    const members: Member[] = [
      { kind: 'directory', path: '/dev', mode: 0o755 },
      { kind: 'directory', path: '/probes', mode: 0o755 },
      { kind: 'characters', path: '/dev/console', mode: 0o600, major: 5, minor: 1 },
      // Where all is told.
      { kind: 'characters', path: '/dev/told', mode: 0o600, ...ARCH.qemu.secondPort },
      { kind: 'characters', path: '/dev/null', mode: 0o666, major: 1, minor: 3 },
      { kind: 'characters', path: '/dev/zero', mode: 0o666, major: 1, minor: 5 },
      { kind: 'file', path: '/init', mode: 0o755, file: init.value.file },
    ];
    for (const source of sources.sort()) {
      const compiled = await compile(context, source, how);
      if (!compiled.ok) return compiled;
      const path = `/probes/${basename(source, '.c')}`;
      members.push({ kind: 'file', path, mode: 0o755, file: compiled.value.file });
    }
    await writeFile(file, await packCpio(members));
    return ok({ value: undefined, cached: false, note: `${sources.length}` });
  });

/** One kernel whose probes are run, and what they are compiled for. */
export interface ProbesOptions {
  /** The kernel whose headers know all calls. */
  readonly headers: Kernel;
  readonly series: readonly string[];
  /** A new directory for the log. */
  readonly directory: string;
  readonly memoryMiB: number;
  readonly append: string;
}

/** Packs the probes and runs one of them on a kernel. Fails as the two do. */
export const countProbe = async (
  context: Context,
  kernel: Kernel,
  probe: string,
  { headers, series, directory, memoryMiB, append }: ProbesOptions,
): Promise<Result<Told>> => {
  await mkdir(directory, { recursive: true });
  const initrd = join(directory, 'probes.cpio');
  const packed = await packProbes(context, headers, series, [], initrd);
  if (!packed.ok) return packed;
  return runProbes(context, {
    kernel: imageOf(kernel),
    initrd,
    memoryMiB,
    append: `${append} probe=${probe}`.trim(),
    console: join(directory, 'console.log'),
  });
};

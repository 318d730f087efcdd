// SPDX-License-Identifier: MIT
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ARCH } from '../../arch/host.ts';
import { directoriesOf, step, type Context, type Roots } from '../../base/context.ts';
import { run } from '../../base/process/process.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { compile, includesOf } from '../../guest/compile.ts';
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
    const includes = await includesOf(context, kernel);
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
    const init = await compile(context, join(context.root, 'guest', 'probes', 'init.c'), includes);
    if (!init.ok) return init;
    const { major, minor } = ARCH.qemu.secondPort;
    const lines = [
      'dir /dev 0755 0 0',
      'dir /probes 0755 0 0',
      'nod /dev/console 0600 0 0 c 5 1',
      // Where all is told.
      `nod /dev/told 0600 0 0 c ${major} ${minor}`,
      'nod /dev/null 0666 0 0 c 1 3',
      'nod /dev/zero 0666 0 0 c 1 5',
      `file /init ${init.value.file} 0755 0 0`,
    ];
    for (const source of sources.sort()) {
      const compiled = await compile(context, source, includes);
      if (!compiled.ok) return compiled;
      lines.push(`file /probes/${basename(source, '.c')} ${compiled.value.file} 0755 0 0`);
    }
    await writeFile(`${file}.list`, `${lines.join('\n')}\n`);
    const packed = await run({
      argv: [join(kernel.directory, 'gen_init_cpio'), '-t', '0', `${file}.list`],
      capture: true,
      signal: context.signal,
    });
    if (packed.code !== 0)
      return fail('environment', 'gen_init_cpio cannot pack the probes', {
        detail: packed.tail.slice(-5).join('\n'),
      });
    await writeFile(file, packed.stdout);
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

// SPDX-License-Identifier: MIT
import { constants } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { KernelImage } from '../../arch/architecture.ts';
import { ARCH, tool } from '../../arch/host.ts';
import { step, type Context } from '../../base/context.ts';
import { isSound } from '../../base/cache/entry.ts';
import { digest, digestFile, fingerprint, type Fingerprint } from '../../base/fingerprint.ts';
import { run } from '../../base/process/process.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { atomicDirectory } from '../../base/cache/store.ts';
import { checkBoots } from '../../kconfig/boots-by.ts';
import { parseConfig } from '../../kconfig/fragment.ts';
import { IMAGE, MODULES, type Kernel } from '../kernel.ts';
import { linkKit, type Kit } from '../kit/userland-kit.ts';
import { bootModules, noModules, type Module } from './modules.ts';
import { configOfPayload } from './payload.ts';
import { withFiles, type PrebuiltFiles } from './files.ts';
import { configOfVmlinux, versionOfVmlinux } from './vmlinux.ts';

/** Read and found to belong together. */
export interface PrebuiltKernel {
  readonly data: Buffer;
  readonly image: KernelImage;
  readonly vmlinux: string | undefined;
  /** Text; undefined where nobody says. */
  readonly config: string | undefined;
  /** In the order in which the guest loads them. */
  readonly modules: readonly Module[];
}

/**
 * Reads what the user names, and what belongs to it, before anything is made; of its modules
 * those that the guest boots by, and others by name. Fails with `usage`,
 * or `unbuildable` where it cannot come up.
 */
export const readPrebuiltKernel = (
  files: PrebuiltFiles,
  modules: readonly string[] = [],
): Promise<Result<PrebuiltKernel>> =>
  withFiles(files, (found) => read(found, files.modules, modules));

const read = async (
  files: PrebuiltFiles,
  named: string | undefined,
  others: readonly string[],
): Promise<Result<PrebuiltKernel>> => {
  const { file = '' } = files;
  const data = await readFile(resolve(file)).catch(() => undefined);
  if (!data) return fail('usage', `--kernel: cannot read ${file}`);
  const image = ARCH.kernel.readImage(data, file);
  if (!image.ok) return image;
  const vmlinux = files.vmlinux === undefined ? undefined : resolve(files.vmlinux);
  const same = await checkVmlinux(vmlinux, image.value.version);
  if (!same.ok) return same;
  const given = await readConfig(files.config);
  if (!given.ok) return given;
  const own = vmlinux === undefined ? undefined : await configOfVmlinux(vmlinux);
  const config = given.value ?? own ?? (await configOfPayload(image.value.payload));
  const modules =
    files.modules === undefined
      ? ok([])
      : await bootModules(resolve(files.modules), others, image.value.release);
  if (!modules.ok) return modules;
  if (named !== undefined && modules.value.length === 0) return noModules(named);
  const loaded = modules.value.map(({ name }) => name);
  if (config !== undefined) {
    const boots = checkBoots(parseConfig(config), loaded);
    if (!boots.ok) return boots;
  }
  return ok({ data, image: image.value, vmlinux, config, modules: modules.value });
};

const checkVmlinux = async (file: string | undefined, version: string): Promise<Result<void>> => {
  if (file === undefined) return ok(undefined);
  const readable = await digestFile(file).catch(() => undefined);
  if (readable === undefined) return fail('usage', `--vmlinux: cannot read ${file}`);
  const theirs = await versionOfVmlinux(file);
  if (theirs === undefined)
    return fail('usage', `--vmlinux: ${file} is no vmlinux: it has no version in it`, {
      remedy: 'give the vmlinux at the top of the build, not compressed',
    });
  return theirs === version
    ? ok(undefined)
    : fail('usage', '--vmlinux is of another build than --kernel', {
        detail: `the kernel  ${version}\nthe vmlinux ${theirs}`,
        remedy: 'give both from one build: stacks would name the wrong lines',
      });
};

const readConfig = async (file: string | undefined): Promise<Result<string | undefined>> => {
  if (file === undefined) return ok(undefined);
  const text = await readFile(resolve(file), 'utf8').catch(() => undefined);
  if (text === undefined) return fail('usage', `--config: cannot read ${file}`);
  return parseConfig(text).size > 0 ? ok(text) : fail('usage', `--config: ${file} is no .config`);
};

/**
 * The kernel as one of the store: what is tested stays what was given, though it be
 * built anew meanwhile. Fails with `environment`.
 */
export const obtainPrebuiltKernel = (
  context: Context,
  own: PrebuiltKernel,
  kit: Kit,
): Promise<Result<Kernel>> =>
  step<Kernel>(context, 'kernel', 'kernel', async () => {
    const { data, image, vmlinux, config, modules } = own;
    const sum = digest(data) as Fingerprint;
    const key = fingerprint({
      kernel: sum,
      vmlinux: vmlinux && (await digestFile(vmlinux)),
      config: config && digest(config),
      kit: kit.directory,
      ...(modules.length > 0 ? { modules: modules.map((one) => digest(one.data)) } : {}),
    });
    const home = join(context.cache, 'kernels', key);
    const cached = await isSound(context, home);
    const made = await atomicDirectory(home, (scratch) => fill(context, own, kit, scratch));
    if (!made.ok) return made;
    const kernel: Kernel = {
      fingerprint: sum,
      directory: home,
      release: image.release,
      warnings: [],
      touched: [],
      owners: {},
      headers: kit.headers,
    };
    return ok({ value: kernel, cached, note: `${image.release}, built elsewhere` });
  });

const fill = async (
  context: Context,
  { data, vmlinux, config, modules }: PrebuiltKernel,
  kit: Kit,
  scratch: string,
): Promise<Result<void>> => {
  await writeFile(join(scratch, IMAGE), data);
  if (config !== undefined) await writeFile(join(scratch, 'config'), config);
  if (modules.length > 0) await mkdir(join(scratch, MODULES));
  for (const [index, { name, data: bytes }] of modules.entries())
    await writeFile(join(scratch, MODULES, `${String(index).padStart(2, '0')}-${name}.ko`), bytes);
  const linked = await linkKit(kit, scratch);
  if (!linked.ok) return linked;
  if (vmlinux === undefined) {
    await writeFile(join(scratch, 'System.map'), '');
    return ok(undefined);
  }
  const copy = join(scratch, 'vmlinux');
  await copyFile(vmlinux, copy, constants.COPYFILE_FICLONE);
  // As scripts/mksysmap makes it; what that leaves out has no frame on a stack.
  const named = await run({
    argv: [tool('nm'), '-n', copy],
    capture: true,
    signal: context.signal,
  });
  if (named.code !== 0 || named.stdout.length === 0)
    return fail('usage', `--vmlinux: ${vmlinux} has no symbols`, {
      remedy: 'give the one that was not stripped',
    });
  await writeFile(join(scratch, 'System.map'), named.stdout);
  return ok(undefined);
};

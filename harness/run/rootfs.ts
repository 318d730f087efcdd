// SPDX-License-Identifier: MIT
import { basename } from 'node:path';
import type { Context } from '../base/context.ts';
import { ok, type Result } from '../base/result.ts';
import { packagesForTests } from '../guest/rootfs/packages.ts';
import { ROOT_TYPES } from '../guest/rootfs/image-type.ts';
import {
  identityOf,
  obtainRootfs,
  readRootfs,
  typeOf,
  type GivenRootfs,
  type Rootfs,
} from '../guest/rootfs/rootfs.ts';
import { checkRoots, rootModules } from '../kconfig/boots-by.ts';
import { configOf, modulesOf, type Kernel } from '../kernel/kernel.ts';
import { readPrebuiltKernel, type PrebuiltKernel } from '../kernel/prebuilt/prebuilt-kernel.ts';
import type { RunSpec } from './spec.ts';

/**
 * What `--rootfs` names, looked at; without it the root that selftests run in, and undefined where
 * there are none of these. Fails as {@link readRootfs} and {@link packagesForTests} do.
 */
export const givenRootfs = async ({
  machine,
  tests,
}: Pick<RunSpec, 'machine' | 'tests'>): Promise<Result<GivenRootfs | undefined>> => {
  if (machine.rootfs !== undefined) return readRootfs(machine.rootfs);
  if (tests.kselftest.length === 0) return ok(undefined);
  const packages = await packagesForTests();
  return packages.ok ? ok({ kind: 'packages', packages: packages.value }) : packages;
};

/** See {@link identityOf}; undefined where programs run in the initramfs. */
export const rootfsIdentity = async (spec: RunSpec): Promise<Result<string | undefined>> => {
  const given = await givenRootfs(spec);
  return given.ok && given.value ? identityOf(given.value) : (given as Result<undefined>);
};

/** Options that a kernel needs for a root, besides those that every root needs. */
const optionsFor = (given: GivenRootfs): readonly string[] => ROOT_TYPES[typeOf(given)];

/**
 * The kernel of `--kernel` with the modules that its guest needs, for a root too; undefined
 * without it. Fails as {@link readPrebuiltKernel} does.
 */
export const readPrebuilt = async (spec: RunSpec): Promise<Result<PrebuiltKernel | undefined>> => {
  const { prebuilt } = spec.kernel;
  if (!prebuilt) return ok(undefined);
  const given = await givenRootfs(spec);
  if (!given.ok) return given;
  return readPrebuiltKernel(prebuilt, given.value ? rootModules(optionsFor(given.value)) : []);
};

/**
 * The root that programs run in; undefined without `--rootfs`. Fails with `unbuildable` where the
 * kernel cannot mount it, and as {@link obtainRootfs} does.
 */
export const rootfsFor = async (
  context: Context,
  kernel: Kernel,
  spec: RunSpec,
): Promise<Result<Rootfs | undefined>> => {
  const given = await givenRootfs(spec);
  if (!given.ok || !given.value) return given as Result<undefined>;
  const config = await configOf(kernel);
  const able = config
    ? checkRoots(config, optionsFor(given.value), await moduleNames(kernel))
    : ok(undefined);
  return able.ok ? obtainRootfs(context, given.value) : able;
};

const moduleNames = async (kernel: Kernel): Promise<readonly string[]> =>
  (await modulesOf(kernel)).map((file) => basename(file, '.ko').replace(/^\d+-/, ''));

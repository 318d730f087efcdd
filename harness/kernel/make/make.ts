// SPDX-License-Identifier: MIT
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { ARCH, CROSS_COMPILE, tool } from '../../arch/host.ts';
import type { Context, Environment } from '../../base/context.ts';
import { run, type Ended } from '../../base/process/process.ts';
import { farm } from './farm.ts';
import { compilerLauncher } from './incbin.ts';

/**
 * All that make gets of the environment. The user's own KCFLAGS, LLVM or CPATH would be in no
 * fingerprint, and what a patch under test runs shall not see what is set for kbt.
 */
const inherited = (env: Environment): Environment =>
  Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => ['PATH', 'HOME', 'TMPDIR'].includes(name) || name.startsWith('CCACHE_'),
    ),
  );

export interface MakeOptions {
  readonly tree: string;
  readonly build: string;
  readonly log: string;
  /** A directory with a module that is of no kernel: it is made in place of the kernel. */
  readonly module?: string;
  /** More for make's command line: `W=1`. The last word on a variable wins. */
  readonly variables?: readonly string[];
  readonly onLine?: (line: string) => void;
  /** Objects are taken only from builds of the same bases; see headersOfBase(). */
  readonly bases?: string;
  /** No header says .incbin; see mayHideIncbin(). */
  readonly depend?: boolean;
  /** Objects are taken only from the same compiler; see Toolchain. ccache itself looks at the driver alone. */
  readonly programs?: string;
  /** Take no object from ccache; what is compiled replaces what it has. */
  readonly anew?: boolean;
}

/**
 * The one way make is called. Everything that would make two builds of one
 * fingerprint differ is fixed here (Documentation/kbuild/reproducible-builds.rst):
 * time, user, host, version, and the names of the two directories.
 */
export const make = async (
  context: Context,
  options: MakeOptions,
  targets: readonly string[],
): Promise<Ended> => {
  const { tree, build } = options;
  const compilers = farm(context.env);
  await mkdir(build, { recursive: true });
  const { module } = options;
  const modulesOwn = module === undefined ? [] : [`${relative(build, module)}/=`, `${module}=.`];
  // Of several that match gcc takes the last. Without a slash at its end the map
  // reaches the name of the build directory itself, which DWARF holds.
  const maps = [`${relative(build, tree)}/=`, `${tree}=.`, `${build}=.`, ...modulesOwn]
    .map((map) => `-ffile-prefix-map=${map}`)
    .join(' ');
  return run({
    argv: [
      'make',
      '-C',
      tree,
      `O=${build}`,
      `-j${compilers?.jobs ?? availableParallelism() + 1}`,
      // The lines of one compiler run must stay together to be understood.
      '-Otarget',
      `ARCH=${ARCH.kernel.arch}`,
      `CROSS_COMPILE=${CROSS_COMPILE}`,
      `CC=${await compilerLauncher(context)} ${tool('gcc')}`,
      // Of host programs, whose headers are the system's, depend mode would not see a change.
      'HOSTCC=env -u CCACHE_DEPEND -u CCACHE_COMPILERCHECK ccache gcc',
      `KCFLAGS=${maps}`,
      `KAFLAGS=${maps}`,
      'LOCALVERSION=',
      ...(module === undefined ? [] : [`M=${module}`]),
      ...(options.variables ?? []),
      ...targets,
    ],
    inherit: [],
    env: {
      ...inherited(context.env),
      KBUILD_BUILD_TIMESTAMP: 'Thu Jan  1 00:00:00 UTC 1970',
      KBUILD_BUILD_USER: 'kbt',
      KBUILD_BUILD_HOST: 'kbt',
      KBUILD_BUILD_VERSION: '1',
      CCACHE_BASEDIR: context.cache,
      CCACHE_NOHASHDIR: '1',
      // Objects of another way of building must not come back: ccache does not
      // count the maps above.
      CCACHE_NAMESPACE: ['kbt-3', options.bases?.slice(0, 12) ?? ''].join('-'),
      CCACHE_COMPILERCHECK: options.programs && `string:${options.programs}`,
      CCACHE_RECACHE: options.anew ? '1' : undefined,
      // It does without preprocessing, a fourth of what a cold build takes; see incbin.ts.
      CCACHE_DEPEND: options.depend ? '1' : undefined,
      CCACHE_DIR: context.env['CCACHE_DIR'] ?? join(context.cache, 'ccache'),
      CCACHE_MAXSIZE: context.env['CCACHE_MAXSIZE'] ?? '5G',
      ...compilers?.env,
    },
    log: options.log,
    onLine: (line) => {
      context.emit({ type: 'output', of: 'make', line });
      options.onLine?.(line);
    },
    signal: context.signal,
  });
};

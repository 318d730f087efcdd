// SPDX-License-Identifier: MIT
import type { Environment } from '../../base/context.ts';

/** Compilers on other machines, behind ccache. */
export interface Farm {
  readonly env: Readonly<Record<string, string>>;
  /** For make's -j; undefined where nobody says how much the hosts can do. */
  readonly jobs: number | undefined;
}

/**
 * By KBT_DISTCC, which holds what distcc's DISTCC_HOSTS does (`build1/8 build2/8`): what
 * ccache does not know is compiled there. All hosts need the same gcc as this one, for
 * nothing but its version here is in the fingerprint of a kernel. undefined without it.
 */
export const farm = (env: Environment): Farm | undefined => {
  const hosts = env['KBT_DISTCC'];
  if (!hosts) return undefined;
  const slots = [...hosts.matchAll(/\S\/(\d+)/g)].map(([, count]) => Number(count));
  return {
    env: { CCACHE_PREFIX: 'distcc', DISTCC_HOSTS: hosts },
    jobs: slots.length > 0 ? slots.reduce((sum, count) => sum + count, 0) : undefined,
  };
};

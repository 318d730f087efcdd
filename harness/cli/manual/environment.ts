// SPDX-License-Identifier: MIT
/** The variables that kbt reads, and what each means. */
export const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['KBT_CACHE', 'where sources, kernels and images are kept (~/.cache/kbt)'],
  ['KBT_RESULTS', "where every run has a directory (the project's results/)"],
  ['KBT_SOURCE', 'a kernel source, as --source'],
  ['KBT_KERNEL_MIRROR', 'a mirror of kernel.org'],
  ['KBT_SHARED', 'the cache of another user, of which sources and kernels are read'],
  ['KBT_REMOTE', 'the address of a store of kernels: https://HOST/kbt'],
  ['KBT_REMOTE_TRUST', 'public keys, in base64, whose signatures in that store count'],
  ['KBT_REMOTE_KEY', 'the file of the private key by which kbt cache push signs, mode 0600'],
  ['KBT_DISTCC', "hosts that compile what ccache does not know, as distcc's DISTCC_HOSTS"],
  ['CCACHE_REMOTE_STORAGE', 'where ccache looks for objects besides: redis://HOST'],
  ['KBT_CACHE_MAX', 'GiB beyond which what was not used for longest goes (50)'],
  ['KBT_NO_INSTALL', 'not empty and not 0: as --no-install'],
  ['KBT_NOTIFY', 'a shell command for the end of what took longer than ten seconds'],
  ['NO_COLOR', 'no colours on the terminal'],
];

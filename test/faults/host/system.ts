// SPDX-License-Identifier: MIT
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostFaults } from './fault.ts';
import { withTool } from './qemu-at-boot.ts';

const ITSELF = '#!/bin/sh\nkill -KILL $$\n';

/** On the fake tree: disks, directories and tools that are not as they should be. */
export const SYSTEM: HostFaults = {
  'cache-is-a-file': {
    about: 'KBT_CACHE names a file',
    plant: async (lab) => {
      const file = join(lab.directory, 'no-cache');
      await writeFile(file, '');
      return lab.run({ env: { KBT_CACHE: file } });
    },
    code: 3,
    says: /no-cache[^]*KBT_CACHE/,
  },
  'cache-full': {
    about: 'no space for the kernel',
    plant: (lab) => lab.run({ disk: { at: lab.cache, size: '220k' } }),
    code: 3,
    says: /[Nn]o space left/,
  },
  'results-full': {
    about: 'no space for the results',
    plant: (lab) => lab.run({ disk: { at: lab.results, size: '4k' } }),
    code: 3,
    says: /no space left|cannot write/,
  },
  'tmpdir-full': {
    about: 'no space for temporary files',
    plant: (lab) => lab.run({ disk: { at: lab.temporary, size: '4k' } }),
    code: 3,
    says: /[Nn]o space left/,
  },
  'tmpdir-missing': {
    about: 'TMPDIR names nothing',
    plant: (lab) => lab.run({ env: { TMPDIR: join(lab.directory, 'nowhere') } }),
    code: 3,
    says: /nowhere[^]*TMPDIR/,
  },
  'tmpdir-is-a-file': {
    about: 'TMPDIR names a file',
    plant: async (lab) => {
      const file = join(lab.directory, 'no-directory');
      await writeFile(file, '');
      return lab.run({ env: { TMPDIR: file } });
    },
    code: 3,
    says: /TMPDIR/,
  },
  'ccache-broken': {
    about: 'ccache says no and nothing else',
    plant: (lab) => withTool(lab, 'ccache', '#!/bin/sh\nexit 1\n'),
    code: 3,
    says: 'ccache does not run',
  },
  'make-killed': {
    about: 'make is killed by SIGKILL',
    plant: (lab) => withTool(lab, 'make', ITSELF),
    code: 3,
    says: 'what builds the kernel was killed from outside (SIGKILL)',
  },
  'compiler-killed': {
    about: 'the compiler is killed by SIGKILL, as when memory is short',
    plant: (lab) => withTool(lab, 'ccache', '#!/bin/sh\n[ "$1" = --version ] || kill -KILL $$\n'),
    code: 3,
    says: 'what builds the kernel was killed from outside (SIGKILL)',
  },
  'git-broken': {
    about: 'git says no',
    plant: (lab) => withTool(lab, 'git', '#!/bin/sh\necho planted >&2\nexit 1\n'),
    code: 3,
    says: 'planted',
  },
  'flock-broken': {
    about: 'flock says no',
    plant: (lab) => withTool(lab, 'flock', '#!/bin/sh\nexit 1\n'),
    code: 3,
    says: 'cannot lock',
  },
  'results-removed': {
    about: 'the directory of the results goes while the kernel boots',
    plant: async (lab) => {
      const running = lab.start({ args: ['--boot-timeout', '3'], env: { KBT_FAKE_QEMU: 'hang' } });
      await rm(await running.logs('Linux version'), { recursive: true });
      return running.ended;
    },
    code: 3,
    says: /results\//,
  },
};

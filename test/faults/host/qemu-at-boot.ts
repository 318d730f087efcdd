// SPDX-License-Identifier: MIT
import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { until } from '../../support/kbt.ts';
import type { HostRan, Lab } from '../../support/lab.ts';
import type { HostFault, HostFaults } from './fault.ts';

/** What kbt may take when a guest's log is as long as can be. */
const MOST_KIB = 400 * 1024;

/** A fault that the fake QEMU plays. */
const played = (play: string, fault: Omit<HostFault, 'plant'>): HostFault => ({
  ...fault,
  plant: (lab) => lab.run({ env: { KBT_FAKE_QEMU: play } }),
});

/** Runs with another file in the place of a tool. */
export const withTool = async (lab: Lab, name: string, script: string): Promise<HostRan> => {
  const bin = join(lab.directory, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, name), script);
  await chmod(join(bin, name), 0o755);
  return lab.run({ env: { PATH: `${bin}:${lab.env['PATH'] ?? ''}` } });
};

/** On the fake tree: QEMU comes to grief before there is a guest to speak of. */
export const QEMU_AT_BOOT: HostFaults = {
  'qemu-killed-at-boot': played('killed', {
    about: 'SIGKILL, as the out-of-memory killer sends it',
    code: 3,
    says: 'QEMU was killed from outside',
    outcome: 'not-run',
  }),
  'qemu-terminated-at-boot': played('terminated', {
    about: 'SIGTERM from somebody',
    code: 3,
    says: 'QEMU was killed from outside',
    outcome: 'not-run',
  }),
  'qemu-crashes-at-boot': played('crashes', {
    about: 'SIGSEGV: it may be the guest’s doing, and counts as such',
    code: 1,
    says: 'QEMU ended while the kernel booted (SIGSEGV)',
    outcome: 'not-run',
  }),
  'qemu-refuses': played('no-start', {
    about: 'an error at its start',
    code: 3,
    says: 'fake: refuses to start',
    outcome: 'not-run',
  }),
  'qemu-exits-at-once': played('exits', {
    about: 'exit 0, and no word',
    code: 3,
    says: 'QEMU does not start',
    outcome: 'not-run',
  }),
  'qemu-never-connects': played('mute', {
    about: 'lives, and connects neither of its sockets',
    code: 3,
    says: 'QEMU does not start',
    outcome: 'not-run',
  }),
  'qemu-connects-halfway': played('half', {
    about: 'connects its console and not its monitor',
    code: 3,
    says: 'QEMU does not start',
    outcome: 'not-run',
  }),
  'console-flooded': {
    about: '200 MB of long lines on the serial line: not all of it is held in memory',
    plant: async (lab) => {
      const running = lab.start({
        args: ['--boot-timeout', '8'],
        env: { KBT_FAKE_QEMU: 'floods' },
      });
      let mostKiB = 0;
      let over = false;
      void running.ended.then(() => (over = true));
      await until(async () => {
        const status = await readFile(`/proc/${running.pid}/status`, 'utf8').catch(() => '');
        mostKiB = Math.max(mostKiB, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0));
        return over;
      });
      if (mostKiB > MOST_KIB) throw new Error(`kbt took ${mostKiB} KiB of memory`);
      return running.ended;
    },
    code: 1,
    says: 'the kernel did not come up within 8 s',
    outcome: 'not-run',
  },
  'qemu-missing': {
    about: 'nowhere in PATH, and apt cannot bring it',
    plant: async (lab) => {
      const bin = join(lab.directory, 'bin');
      await mkdir(bin);
      for (const directory of ['/usr/local/bin', '/usr/bin', dirname(process.execPath)])
        for (const name of await readdir(directory).catch(() => []))
          await symlink(join(directory, name), join(bin, name)).catch(() => undefined);
      for (const name of ['qemu-system-x86_64', 'apt-get', 'dpkg', 'sudo']) {
        await rm(join(bin, name), { force: true });
        if (name !== 'qemu-system-x86_64')
          await writeFile(join(bin, name), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      }
      return lab.run({ env: { PATH: bin } });
    },
    code: 3,
    says: 'cannot install: qemu-system-x86_64',
  },
};

// SPDX-License-Identifier: MIT
import type { HostFault, HostFaults } from './fault.ts';

const PROXY = 'node ';

/** Bytes between kbt and dropbear come to harm while a program runs. */
const whileRunning = (
  play: string,
  program: string,
  fault: Omit<HostFault, 'plant'>,
): HostFault => ({
  ...fault,
  plant: async (lab) => {
    const running = lab.start({ args: ['--tests', program], env: { KBT_SSH_FAULT: play } });
    const proxy = await running.reaches(PROXY, `ssh-proxy.mjs ${play}`);
    await running.logs(`${program}: now`);
    process.kill(proxy.pid, 'SIGUSR1');
    return running.ended;
  },
});

const QUICKLY = ['--tests', 'quick', '--boot-timeout', '5'];

/** With a real kernel in QEMU: a proxy in the way of SSH, of which kbt knows nothing. */
export const SSH: HostFaults = {
  'ssh-stalls': whileRunning('stall', 'dawdles', {
    about: 'no byte for two seconds while a program runs, then all of them',
    code: 0,
    outcome: 'pass',
  }),
  'ssh-swallowed': whileRunning('swallow', 'waits', {
    about: 'no byte any more, on new connections neither: the guest is asked by its serial line',
    code: 1,
    says: 'the guest answers no more, except by sysrq over its serial line',
    outcome: 'hang',
  }),
  'ssh-reset': whileRunning('reset', 'waits', {
    about: 'the connection is reset while a program runs; a new one works',
    code: 1,
    says: 'the connection that it ran over was cut',
    outcome: 'error',
  }),
  'ssh-one-bit': whileRunning('byte', 'dawdles', {
    about: 'one bit of what the guest sends is another: no pass',
    code: 1,
    says: 'the connection that it ran over was cut',
    outcome: 'error',
  }),
  'ssh-cut-twice': {
    about: 'two handshakes are cut; the third is not',
    plant: (lab) => lab.run({ args: QUICKLY, env: { KBT_SSH_FAULT: 'handshake-cut-twice' } }),
    code: 0,
    says: /boot .*: forked, SSH/,
    outcome: 'pass',
  },
  'ssh-cut': {
    about: 'each handshake is cut: no boot, and no word of the kernel',
    plant: (lab) => lab.run({ args: QUICKLY, env: { KBT_SSH_FAULT: 'handshake-cut' } }),
    code: 1,
    says: 'the kernel did not come up within 5 s',
    outcome: 'not-run',
  },
};

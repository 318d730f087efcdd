// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../support/kbt.ts';
import type { HostRan, Lab } from '../../support/lab.ts';
import type { HostFault, HostFaults } from './fault.ts';

/** A program that passes at once: what a sound run does. */
export const QUICK = { args: ['--tests', 'quick'] };
const WAITS = { args: ['--tests', 'waits'] };

/** QEMU gets a signal while a program runs. */
const signalled = (signal: NodeJS.Signals, fault: Omit<HostFault, 'plant'>): HostFault => ({
  ...fault,
  plant: async (lab) => {
    const running = lab.start(WAITS);
    await running.logs('waits: now');
    process.kill((await running.reaches('qemu-system-x86_64')).pid, signal);
    return running.ended;
  },
});

/** kbt gets a signal while a program runs. */
const interruptedRunning = (signal: NodeJS.Signals, code: number | undefined): HostFault => ({
  about: `${signal} to kbt while a program runs`,
  plant: async (lab) => {
    const running = lab.start(WAITS);
    await running.logs('waits: now');
    process.kill(running.pid, signal);
    return running.ended;
  },
  code,
});

/** kbt gets a signal while it waits for a fork. */
const interruptedForking = (signal: NodeJS.Signals, code: number | undefined): HostFault => ({
  about: `${signal} to kbt while a VM is forked`,
  plant: async (lab) => {
    const running = lab.start({ ...QUICK, env: { KBT_QEMU_FAULT: 'hangs-in-forks' } });
    await running.reaches('sleep 1000');
    process.kill(running.pid, signal);
    return running.ended;
  },
  code,
});

/** kbt is killed while the state of a VM is being written. */
const killedSaving: HostFault = {
  about: 'SIGKILL to kbt while it saves a state: the next run clears what it left',
  plant: async (lab) => {
    const home = join(lab.cache, 'snapshots');
    await rm(home, { recursive: true });
    const running = lab.start(QUICK);
    await until(async () => (await readdir(home).catch(() => [])).length > 0);
    process.kill(running.pid, 'SIGKILL');
    return running.ended;
  },
  code: undefined,
};

/** QEMU fails in forks alone: the run boots, and says so. */
const forkFails = (play: string, about: string, says: RegExp): HostFault => ({
  about,
  plant: (lab) => lab.run({ ...QUICK, env: { KBT_QEMU_FAULT: play } }),
  code: 0,
  says,
  outcome: 'pass',
});

const snapshots = async (lab: Lab): Promise<readonly string[]> =>
  (await readdir(join(lab.cache, 'snapshots'))).map((name) => join(lab.cache, 'snapshots', name));

/** The saved state comes to harm before a run that would fork it. */
const harmed = (
  about: string,
  harm: (directory: string) => Promise<void>,
  says: string | RegExp = /booting instead: .*saved state/,
): HostFault => ({
  about,
  plant: async (lab: Lab): Promise<HostRan> => {
    for (const directory of await snapshots(lab)) await harm(directory);
    return lab.run(QUICK);
  },
  code: 0,
  says,
  outcome: 'pass',
});

/** Another value in one byte in the middle of a file. */
const changeByte = async (file: string): Promise<void> => {
  const handle = await open(file, 'r+');
  const byte = Buffer.alloc(1);
  const at = Math.floor((await stat(file)).size / 2);
  await handle.read(byte, 0, 1, at);
  await handle.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
  await handle.close();
};

/** With a real kernel in QEMU, from a cache that holds a saved state. */
export const VM: HostFaults = {
  'qemu-killed': signalled('SIGKILL', {
    about: 'SIGKILL while a program runs',
    code: 3,
    says: 'QEMU was killed from outside',
    outcome: 'killed',
  }),
  'qemu-terminated': signalled('SIGTERM', {
    about: 'SIGTERM while a program runs: QEMU ends itself, and exits with 0',
    code: 3,
    says: 'QEMU was killed from outside',
    outcome: 'killed',
  }),
  'qemu-crashes': signalled('SIGSEGV', {
    about: 'SIGSEGV while a program runs: it may be the guest’s doing',
    code: 1,
    says: 'the VM ended while the program ran',
    outcome: 'lost-vm',
  }),
  'qemu-stopped': signalled('SIGSTOP', {
    about: 'SIGSTOP while a program runs',
    code: 3,
    says: 'QEMU itself does not answer',
    outcome: 'killed',
  }),
  'fork-refused': forkFails(
    'refuses-forks',
    'QEMU does not know -incoming',
    /booting instead: QEMU does not start/,
  ),
  'fork-killed': forkFails(
    'dies-in-forks',
    'QEMU is killed in each fork',
    /booting instead: QEMU does not start/,
  ),
  'fork-hangs': forkFails(
    'hangs-in-forks',
    'QEMU never connects in a fork',
    /booting instead: QEMU does not start/,
  ),
  'snapshot-cut': harmed('the state lost its end', (d) => truncate(join(d, 'state'), 1_000_000)),
  'snapshot-empty-state': harmed('the state is an empty file', (d) => truncate(join(d, 'state'))),
  'snapshot-byte': harmed('one bit of the state is another', (d) => changeByte(join(d, 'state'))),
  'snapshot-no-digest': harmed('its digest is missing', (d) => rm(join(d, 'sha256'))),
  'snapshot-no-state': harmed('its state is missing', (d) => rm(join(d, 'state'))),
  'snapshot-no-console': harmed('its log is missing', (d) => rm(join(d, 'console.log')), ''),
  'snapshot-empty': harmed('its directory is empty', async (d) => {
    await rm(d, { recursive: true });
    await mkdir(d);
  }),
  'snapshot-unreadable': harmed('its state is a directory', async (d) => {
    await rm(join(d, 'state'));
    await mkdir(join(d, 'state'));
  }),
  'snapshot-of-another': harmed(
    'it has another fingerprint: it is not used',
    (d) => rename(d, join(d, '..', 'f'.repeat(64))),
    /boot .*: (?:tcg|kvm), SSH/,
  ),
  'snapshots-a-file': {
    about: 'the directory of saved states is a file: nothing can be saved',
    plant: async (lab) => {
      await rm(join(lab.cache, 'snapshots'), { recursive: true });
      await writeFile(join(lab.cache, 'snapshots'), '');
      return lab.run(QUICK);
    },
    code: 0,
    outcome: 'pass',
  },
  'snapshots-full': {
    about: 'no space for a saved state',
    plant: async (lab) => {
      const at = join(lab.cache, 'snapshots');
      await rm(at, { recursive: true });
      return lab.run({ ...QUICK, disk: { at, size: '1m' } });
    },
    code: 0,
    outcome: 'pass',
  },
  'image-cut-under-a-snapshot': {
    about: 'initramfs lost its second half: it is made anew, and no state of the old one is used',
    plant: async (lab) => {
      const home = join(lab.cache, 'images');
      for (const name of await readdir(home))
        await truncate(join(home, name, 'initramfs.cpio'), 100_000);
      return lab.run(QUICK);
    },
    code: 0,
    says: /is damaged: .*[^]*(?:tcg|kvm), SSH/,
    outcome: 'pass',
  },
  'two-at-once': {
    about: 'two runs boot and save at the same time; both pass',
    plant: async (lab) => {
      await rm(join(lab.cache, 'snapshots'), { recursive: true });
      const [one, other] = await Promise.all([
        lab.run(QUICK),
        lab.run({ args: [...QUICK.args, '--json', join(lab.directory, 'other.json')] }),
      ]);
      return { ...one, code: Math.max(one.code ?? 99, other.code ?? 99) };
    },
    code: 0,
  },
  'results-removed-running': {
    about: 'the directory of the results goes while a program runs',
    plant: async (lab) => {
      const running = lab.start({ args: ['--tests', 'dawdles'] });
      const directory = await running.logs('dawdles: now');
      if (existsSync(directory)) await rm(directory, { recursive: true });
      return running.ended;
    },
    code: 3,
    says: /results\//,
  },
  'log-flood': {
    about: 'as much kernel log as its time allows, of a hundred megabytes: no pass',
    plant: (lab) => lab.run({ args: ['--tests', 'floods_log'] }),
    code: 1,
  },
  'kbt-interrupted-running': interruptedRunning('SIGINT', 130),
  'kbt-terminated-running': interruptedRunning('SIGTERM', 143),
  'kbt-killed-running': interruptedRunning('SIGKILL', undefined),
  'kbt-interrupted-forking': interruptedForking('SIGINT', 130),
  'kbt-terminated-forking': interruptedForking('SIGTERM', 143),
  'kbt-killed-forking': interruptedForking('SIGKILL', undefined),
  'kbt-killed-saving': killedSaving,
  'sockets-removed-booting': {
    about: 'the directory of the VM’s sockets goes while it boots: nothing can be saved',
    plant: async (lab) => {
      await rm(join(lab.cache, 'snapshots'), { recursive: true });
      const running = lab.start(QUICK);
      await running.logs('Linux version');
      for (const name of await readdir(lab.temporary))
        if (name.startsWith('kbt-vm-')) await rm(join(lab.temporary, name), { recursive: true });
      return running.ended;
    },
    code: 0,
    outcome: 'pass',
  },
};

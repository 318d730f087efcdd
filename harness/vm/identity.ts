// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import { ARCH } from '../arch/host.ts';
import { findProgram } from '../base/process/find-program.ts';
import { QEMU, qemuArgv, type Machine } from './machine.ts';

/**
 * Everything about QEMU, the accelerator and the processor that must be the same for a VM to go
 * on from the state that another one has saved. The values and their order are for a
 * fingerprint. The bytes of kernel and initramfs are not in it.
 */
export const identity = async (machine: Machine): Promise<Readonly<Record<string, unknown>>> => ({
  architecture: ARCH.name,
  machine: qemuArgv(
    {
      ...machine,
      kernel: '',
      initrd: '',
      rootfs: machine.rootfs && { ...machine.rootfs, file: '' },
    },
    { console: '', qmp: '' },
  ),
  rootfs: machine.rootfs?.digest,
  qemu: await qemuIdentity(),
  // A guest that was moved would run with the wrong speed of its clock.
  processor: cpus()[0]?.model,
  host: machine.accelerator === 'kvm' ? await hostIdentity() : undefined,
});

/** The program that is started, by what changes when a package replaces it. */
const qemuIdentity = async (): Promise<string> => {
  const found = await findProgram(QEMU, process.env['PATH']);
  return found ? `${found.file} ${found.size} ${found.mtimeMs}` : 'missing';
};

/** KVM's part of a state depends on the host's kernel and on what its processor can do. */
const hostIdentity = async (): Promise<string> => {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  return `${release()} ${ARCH.qemu.processorFlags.exec(text)?.[0] ?? ''}`;
};

// SPDX-License-Identifier: MIT
import { ARCH } from '../../arch/host.ts';
import type { Rootfs } from '../../guest/rootfs/rootfs.ts';
import type { Machine } from '../../vm/machine.ts';
import type { ProgramNeeds } from '../tests/program-needs.ts';
import { layered, memoryOf, type RunSpec, type SpecPatch } from '../spec.ts';

/** What a program asks of its machine. */
const patchOf = ({ cpus, memoryMiB, append, devices }: ProgramNeeds): SpecPatch => ({
  machine: {
    ...{ cpus, memoryMiB, append: append === undefined ? [] : [append] },
    devices: devices.map((device) => ARCH.qemu.testDevices[device]),
  },
});

/** The spec with what a program asks for. */
export const specFor = (spec: RunSpec, needs: ProgramNeeds): RunSpec =>
  layered(spec, patchOf(needs));

/** What boots. */
export interface BootFiles {
  readonly kernel: string;
  readonly initrd: string;
  readonly rootfs?: Rootfs | undefined;
}

/** The machine of a spec; prepare() has chosen its accelerator. */
export const machineOf = (spec: RunSpec, files: BootFiles): Machine => {
  const { accelerator, cpus, append, devices } = spec.machine;
  return {
    accelerator: accelerator === 'kvm' ? 'kvm' : 'tcg',
    ...{ cpus, devices, ...files },
    memoryMiB: memoryOf(spec),
    append: append.join(' '),
  };
};

// SPDX-License-Identifier: MIT
import { ARCH } from '../arch/host.ts';
import type { Rootfs } from '../guest/rootfs/rootfs.ts';
import type { Accelerator } from './accelerator.ts';

/** How a VM is put together. */
export interface Machine {
  readonly accelerator: Accelerator;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly kernel: string;
  readonly initrd: string;
  /** Added to the kernel's command line. */
  readonly append: string;
  /** More devices of QEMU's, by name. */
  readonly devices: readonly string[];
  /** In which programs run; undefined: in the initramfs. */
  readonly rootfs?: Rootfs | undefined;
}

/** Where the VM finds the harness: sockets on which the harness listens. */
export interface Sockets {
  readonly console: string;
  readonly qmp: string;
}

export const QEMU = ARCH.qemu.binary;

/** Nothing but what stands in a command line: no configuration, no default devices. */
const BARE = [QEMU, '-no-user-config', '-nodefaults', '-display', 'none'] as const;

/** The kernel under test is presumed hostile. */
const SANDBOX = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

const COMMAND_LINE = [
  // Never quiet: under quiet a WARNING does not reach the serial line, and a
  // program may lower console_loglevel.
  'ignore_loglevel',
  // Markers through /dev/kmsg must not be rate-limited away.
  'printk.devkmsg=on',
  // A panic restarts at once, and -no-reboot turns that into QEMU's end.
  'panic=-1',
  'nokaslr',
  'random.trust_cpu=1',
];

/**
 * The one place where QEMU's command line is written; a fork waits for the state of
 * another. One that is `held` stands still at its guest's end, until it is told to quit.
 */
export const qemuArgv = (
  machine: Machine,
  sockets: Sockets,
  how: 'boot' | 'fork' = 'boot',
  held = false,
): [string, ...string[]] => {
  const kvm = machine.accelerator === 'kvm';
  return [
    ...BARE,
    '-machine',
    ARCH.qemu.machine,
    '-accel',
    kvm ? 'kvm' : 'tcg,thread=multi',
    '-cpu',
    ARCH.qemu.cpu[machine.accelerator],
    '-smp',
    String(machine.cpus),
    '-m',
    String(machine.memoryMiB),
    '-no-reboot',
    ...(held ? ['-action', 'shutdown=pause'] : []),
    '-sandbox',
    SANDBOX,
    '-kernel',
    machine.kernel,
    '-initrd',
    machine.initrd,
    '-append',
    commandLineOf(machine),
    '-chardev',
    `socket,id=console,path=${sockets.console}`,
    '-serial',
    'chardev:console',
    '-chardev',
    `socket,id=qmp,path=${sockets.qmp}`,
    '-mon',
    'chardev=qmp,mode=control',
    // restrict: the guest reaches nothing. Port 0: QEMU takes a free one.
    '-netdev',
    'user,id=net,restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:0-:22',
    '-device',
    'virtio-net-pci,netdev=net,disable-legacy=on,romfile=',
    ...diskOf(machine.rootfs),
    ...[...ARCH.qemu.devices, ...machine.devices].flatMap((device) => ['-device', device]),
    ...(how === 'fork' ? ['-incoming', 'defer'] : []),
  ];
};

const commandLineOf = ({ rootfs, append }: Machine): string => {
  const root = rootfs ? [`kbt.root=${rootfs.type}`] : [];
  return [...ARCH.qemu.commandLine(1), ...COMMAND_LINE, ...root, append].join(' ').trim();
};

/** As a raw image, and as nothing else: others name files of the host. */
const diskOf = (rootfs: Rootfs | undefined): readonly string[] => {
  if (!rootfs) return [];
  const file = { driver: 'file', filename: rootfs.file };
  const disk = { driver: 'raw', 'node-name': 'root', 'read-only': true, file };
  return [
    ...['-blockdev', JSON.stringify(disk)],
    ...['-device', 'virtio-blk-pci,drive=root,disable-legacy=on'],
  ];
};

/** Guest nanoseconds that pass with each instruction: a power of two, as -icount has it. */
export const NANOSECONDS = 8;

/** What is counted: a kernel and its initramfs. Its second serial line is QEMU's stdout. */
export interface Counted {
  readonly kernel: string;
  readonly initrd: string;
  readonly memoryMiB: number;
  /** Added to the kernel's command line. */
  readonly append: string;
  /** A file for the kernel's log. */
  readonly console: string;
  /** A plugin of TCG's, and the file that it writes to. */
  readonly plugin?: { readonly file: string; readonly out: string };
}

/**
 * The command line of a VM in which time is instructions: one processor, no network,
 * and nothing in it of the host's time or of chance.
 */
export const countingArgv = ({
  kernel,
  initrd,
  memoryMiB,
  append,
  console,
  plugin,
}: Counted): [string, ...string[]] => {
  return [
    ...BARE,
    '-machine',
    ARCH.qemu.machine,
    '-accel',
    'tcg,thread=single',
    // sleep=off: where the guest waits, its clock goes on at once.
    '-icount',
    `shift=${Math.log2(NANOSECONDS)},sleep=off`,
    '-rtc',
    'base=2026-01-01,clock=vm',
    '-cpu',
    ARCH.qemu.cpu.counted,
    '-smp',
    '1',
    '-m',
    String(memoryMiB),
    '-no-reboot',
    '-sandbox',
    SANDBOX,
    '-kernel',
    kernel,
    '-initrd',
    initrd,
    '-append',
    [...ARCH.qemu.commandLine(2), ...COMMAND_LINE, 'norandmaps', append].join(' ').trim(),
    '-serial',
    `file:${console}`,
    '-serial',
    'stdio',
    ...(plugin ? ['-plugin', `${plugin.file},out=${plugin.out}`] : []),
  ];
};

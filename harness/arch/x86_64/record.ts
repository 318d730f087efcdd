// SPDX-License-Identifier: MIT
import type { Architecture } from '../architecture.ts';
import { readBzImage } from './bzimage.ts';
import { KERNEL_LOG } from './kernel-log.ts';
import { SYSTEM_CALLS } from './system-calls.ts';

/** PCs of 64 bits, on QEMU's board with PCI Express. */
export const X86_64: Architecture = Object.freeze<Architecture>({
  name: 'x86_64',
  triplet: 'x86_64-linux-gnu',
  kernel: {
    arch: 'x86_64',
    directory: 'x86',
    target: 'bzImage',
    image: 'arch/x86/boot/bzImage',
    readImage: readBzImage,
    headers: [
      ...['Makefile', 'Makefile_32.cpu', 'entry/syscalls', 'include/uapi', 'include/asm/Kbuild'],
      'tools',
    ].map((name) => `arch/x86/${name}`),
    // Without it tinyconfig makes a 32-bit one.
    userMode: { variables: ['ARCH=um'], options: ['CONFIG_64BIT'] },
    debian: { file: 'arch/x86/Kconfig', option: 'X86_X32_DISABLED' },
  },
  qemu: {
    binary: 'qemu-system-x86_64',
    package: 'qemu-system-x86',
    machine: 'q35,vmport=off,smm=off,usb=off',
    cpu: {
      // The invariant TSC keeps a state from being moved.
      kvm: 'host,-invtsc',
      tcg: 'max',
      counted: 'max,-rdrand,-rdseed',
    },
    // pvpanic is the one of the ISA bus; boards without that bus have pvpanic-pci.
    testDevices: { edu: 'edu', i6300esb: 'i6300esb', pvpanic: 'pvpanic' },
    devices: [
      // A fork finds another number here than its parent, and reseeds its random state.
      'vmgenid,guid=auto',
      // Who reads a core is told here by the kernel where things are in it.
      'vmcoreinfo',
    ],
    commandLine: (ports) => [
      'console=ttyS0,115200',
      // A kernel that dies before its console is there shall still say why.
      'earlyprintk=serial,ttyS0,115200',
      // Looking for more ports than there are takes time.
      `8250.nr_uarts=${ports}`,
      // Nothing in QEMU sends one but us, to a guest that is past all else.
      'unknown_nmi_panic',
    ],
    // ttyS1 (Documentation/admin-guide/devices.txt)
    secondPort: { major: 4, minor: 65 },
    firmware: { argv: ['-m', '16', '-debugcon', 'stdio'], says: 'SeaBIOS' },
    kvmModules: 'kvm_intel or kvm_amd',
    processorFlags: /^flags\s*:.*$/m,
  },
  // With four levels of page tables (arch/x86/include/asm/page_64_types.h).
  memory: {
    start: 0n,
    direct: 0xffff_8880_0000_0000n,
    image: 0xffff_ffff_8000_0000n,
    imageBytes: 512n * 1024n * 1024n,
  },
  log: KERNEL_LOG,
  pointer: /\bRIP=([0-9a-f]+)/,
  systemCalls: SYSTEM_CALLS,
  builtIn: {
    console: ['SERIAL_8250', 'SERIAL_8250_CONSOLE'],
    machine: ['PCI', 'ACPI'],
  },
  config: 'base.x86_64.config',
  // The time stamp counter, which QEMU has go at 1 GHz under -icount.
  counter: { nanoseconds: 1 },
  // Where Debian, Fedora and Arch keep them.
  userland: {
    root: '/',
    busybox: ['/bin/busybox', '/usr/bin/busybox', '/usr/sbin/busybox', '/sbin/busybox'],
    dropbear: ['/usr/sbin/dropbear', '/usr/bin/dropbear'],
    listLibraries: ['ldd'],
  },
});

// SPDX-License-Identifier: MIT
import type { Result } from '../base/result.ts';
import type { KernelLog } from './kernel-log.ts';
import type { SystemCalls } from './system-calls.ts';

/**
 * All that kbt has to know of a processor, in one record: as `Architecture` of drgn's
 * vmtest/config.py has it, and tools/testing/kunit/qemu_configs/ of the kernel. Whoever
 * needs something of it imports the record of ./host.ts; no other file knows a processor
 * by name.
 */
export interface Architecture {
  /** As `uname -m` says it, and results and fingerprints do. */
  readonly name: string;
  /** The GNU triplet: a compiler for it on another processor is called so. */
  readonly triplet: string;
  readonly kernel: KernelTree;
  readonly qemu: Qemu;
  readonly memory: AddressMap;
  readonly log: KernelLog;
  /** Of QEMU's `info registers`: where a processor stands, hex, as the first group. */
  readonly pointer: RegExp;
  readonly systemCalls: SystemCalls;
  readonly builtIn: BuiltIn;
  /** The fragment that is laid on base.config, beside it. */
  readonly config: string;
  /** What probe_clock() of guest/include/probe.h reads: how long a tick of it is. */
  readonly counter: { readonly nanoseconds: number };
  readonly userland: Userland;
}

/** What it is called in the kernel's tree. */
export interface KernelTree {
  /** For make: ARCH. */
  readonly arch: string;
  /** The directory below arch/: SRCARCH of the kernel's Makefile. */
  readonly directory: string;
  /** The target that makes the image that boots, and the file that it makes. */
  readonly target: string;
  readonly image: string;
  /** Reads what an image says of itself. Fails with `usage`, saying what the file is instead. */
  readonly readImage: (data: Buffer, file: string) => Result<KernelImage>;
  /** What `make headers` of Linux 6.12 reads below arch/. */
  readonly headers: readonly string[];
  /** How the kernel is built as a Linux program, `ARCH=um`; undefined where that does not exist. */
  readonly userMode: UserMode | undefined;
  /** A file in which Debian's tree has an option that kernel.org's has not. */
  readonly debian: { readonly file: string; readonly option: string };
}

/** User Mode Linux: for make, and the options that tinyconfig needs besides. */
export interface UserMode {
  readonly variables: readonly string[];
  readonly options: readonly string[];
}

/** The devices that a program may ask for by `device=NAME`: each is made to test drivers. */
export type TestDevice = 'edu' | 'i6300esb' | 'pvpanic';

/** What the image of a kernel says of itself. */
export interface KernelImage {
  /** `6.12.117`, with what is appended to it. */
  readonly release: string;
  /** The whole of the version string: release, builder, number and time of the build. */
  readonly version: string;
  /** What it unpacks and starts: its vmlinux, compressed; empty where the image does not say. */
  readonly payload: Buffer;
}

/** How QEMU is told to be such a machine. */
export interface Qemu {
  readonly binary: string;
  /** What Debian calls the package that has all of it. */
  readonly package: string;
  readonly machine: string;
  /** By accelerator; `counted` where time is instructions and nothing may be chance. */
  readonly cpu: Readonly<Record<'kvm' | 'tcg' | 'counted', string>>;
  /** QEMU's names of the devices that programs may ask for. */
  readonly testDevices: Readonly<Record<TestDevice, string>>;
  /** Devices that forks and cores need. */
  readonly devices: readonly string[];
  /** Of the kernel's command line what depends on the machine, with so many serial ports. */
  readonly commandLine: (ports: number) => readonly string[];
  /** The second serial port, as a device node of the guest. */
  readonly secondPort: { readonly major: number; readonly minor: number };
  /** A guest without a kernel, and what its firmware prints on QEMU's stdout. */
  readonly firmware: { readonly argv: readonly string[]; readonly says: string };
  /** What gives KVM to a host. */
  readonly kvmModules: string;
  /** The line of /proc/cpuinfo that says what a host's processor can do. */
  readonly processorFlags: RegExp;
}

/** Where a kernel with nokaslr lies in its address space. */
export interface AddressMap {
  /** The physical address at which memory begins. */
  readonly start: bigint;
  /** Where the kernel sees it, and all memory behind it. */
  readonly direct: bigint;
  /** Where it would be in the map that the kernel's image is in, and how long that is. */
  readonly image: bigint;
  readonly imageBytes: bigint;
}

/** Options that {@link Qemu.machine} cannot do without, with the menus that hide them. */
export interface BuiltIn {
  readonly console: readonly string[];
  readonly machine: readonly string[];
}

/** Where what runs in a guest comes from; compilers and binutils are called by the triplet. */
export interface Userland {
  /** Where on the host the root is that libraries are named from. */
  readonly root: string;
  /** Files of the host, of which the first that is there is taken: a static busybox. */
  readonly busybox: readonly string[];
  readonly dropbear: readonly string[];
  /** Lists the libraries of a program, which is added to it, in the words of ldd(1). */
  readonly listLibraries: readonly [string, ...string[]];
}

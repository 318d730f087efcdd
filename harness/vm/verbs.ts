// SPDX-License-Identifier: MIT
import { ARCH } from '../arch/host.ts';
import type { Console } from './console.ts';
import { addAddresses } from './core.ts';
import { readKernelMemory, type KernelMemory } from './memory.ts';
import type { Qmp } from './qmp.ts';
import { saveState } from './state.ts';

/** What can be asked of a guest and done to it from outside, whatever state it is in. */
export interface Verbs {
  /**
   * Sends a break and a sysrq key over the serial line, and waits for what the kernel
   * writes. True where it answered: an interrupt still gets through.
   */
  readonly sysrq: (key: string) => Promise<boolean>;
  /** Where the processors stand; undefined where QEMU itself does not answer. */
  readonly processors: () => Promise<readonly Processor[] | undefined>;
  /**
   * Where nothing else gets through, a non-maskable interrupt does. The kernel is
   * told to panic at it, with the stacks of all processors.
   */
  readonly interruptForGood: () => Promise<void>;
  /**
   * Reads a piece of the kernel's image; the guest notices nothing. Undefined where
   * QEMU is gone or does not answer.
   */
  readonly readKernel: (from: bigint, to: bigint) => Promise<KernelMemory | undefined>;
  /**
   * Writes the guest's memory and registers to an ELF core, which gdb and crash read
   * with the kernel's vmlinux. False where that did not work.
   */
  readonly dump: (file: string) => Promise<boolean>;
  /** Writes the machine's state to a new file; it goes on as before. False when that failed. */
  readonly save: (file: string) => Promise<boolean>;
}

/** Where one of the machine's processors stands. */
export interface Processor {
  readonly number: number;
  /** The instruction pointer. */
  readonly pointer: bigint;
  /** All its registers, as QEMU's `info registers` has them. */
  readonly registers: readonly string[];
}

/** The kernel answers a key at once or not at all. */
const ANSWER_MS = 1000;
/** After an answer has begun it goes on for about so long; a full list of tasks is long. */
const LIST_MS = 3000;

/** To write a core of some GiB takes a slow disk a while, in seconds. */
const DUMP_S = 300;

/** The verbs of one VM. Its state goes through a socket of this name. */
export const verbsOf = (
  qmp: Qmp,
  console: Console,
  gone: AbortSignal,
  stateSocket: string,
): Verbs => ({
  sysrq: async (key) => {
    const from = console.position;
    await qmp.execute('chardev-send-break', { id: 'console' });
    console.type(key);
    if (!(await console.waitFor('sysrq: ', ANSWER_MS, gone, from))) return false;
    await console.quiet(LIST_MS, gone);
    return true;
  },
  processors: async () => {
    const text = await qmp.monitor('info registers -a');
    return text === undefined ? undefined : parseRegisters(text);
  },
  interruptForGood: async () => {
    await qmp.execute('inject-nmi');
    await console.waitFor('Kernel panic', ANSWER_MS, gone, console.position);
    await console.quiet(ANSWER_MS, gone);
  },
  readKernel: (from, to) => readKernelMemory(qmp, from, to),
  dump: async (file) => {
    const args = { paging: false, protocol: `file:${file}` };
    if ((await qmp.execute('dump-guest-memory', args, DUMP_S)) === undefined) return false;
    // Without them it is a core all the same.
    await addAddresses(file).catch(() => undefined);
    return true;
  },
  save: (file) => saveState(qmp, stateSocket, file),
});

/** Takes the text of `info registers -a` apart, processor by processor. */
export const parseRegisters = (text: string): readonly Processor[] =>
  text
    .split(/^CPU#/m)
    .slice(1)
    .map((part) => {
      const lines = part.split(/\r?\n/).filter((line) => line !== '');
      return {
        number: Number(lines[0] ?? 0),
        pointer: BigInt(`0x${ARCH.pointer.exec(part)?.[1] ?? '0'}`),
        registers: lines.slice(1),
      };
    });

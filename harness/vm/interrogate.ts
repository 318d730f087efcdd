// SPDX-License-Identifier: MIT
import { addAddresses } from './core.ts';
import type { Vm } from './vm.ts';

/** What a guest is asked by sysrq (Documentation/admin-guide/sysrq.rst): blocked tasks, all processors, all tasks. */
export const SYSRQ_KEYS = ['w', 'l', 't'] as const;

/** The kernel answers a key at once or not at all. */
const ANSWER_MS = 1000;
/** After an answer has begun it goes on for about so long; a full list of tasks is long. */
const LIST_MS = 3000;

/** Where one of the machine's processors stands. */
export interface Processor {
  readonly number: number;
  /** The instruction pointer. */
  readonly rip: bigint;
  /** All its registers, as QEMU's `info registers` has them. */
  readonly registers: readonly string[];
}

/**
 * Asks a guest that cannot be reached otherwise, by a break and a key on its serial
 * line. True where the kernel answered: an interrupt still gets through.
 */
export const askBySerial = async (vm: Vm): Promise<boolean> => {
  let answered = false;
  for (const key of SYSRQ_KEYS) {
    const from = vm.console.position;
    await vm.qmp.execute('chardev-send-break', { id: 'console' });
    vm.console.type(key);
    const heard = await vm.console.waitFor('sysrq: ', ANSWER_MS, vm.gone, from);
    if (!heard) break;
    answered = true;
    await vm.console.quiet(LIST_MS, vm.gone);
  }
  return answered;
};

/** Where the processors stand; undefined where QEMU itself does not answer. */
export const processorsOf = async (vm: Vm): Promise<readonly Processor[] | undefined> => {
  const command = { 'command-line': 'info registers -a' };
  const text = await vm.qmp.execute('human-monitor-command', command);
  if (typeof text !== 'string') return undefined;
  return text
    .split(/^CPU#/m)
    .slice(1)
    .map((part) => {
      const lines = part.split(/\r?\n/).filter((line) => line !== '');
      return {
        number: Number(lines[0] ?? 0),
        rip: BigInt(`0x${/\bRIP=([0-9a-f]+)/.exec(part)?.[1] ?? '0'}`),
        registers: lines.slice(1),
      };
    });
};

/** To write a core of some GiB takes a slow disk a while, in seconds. */
const DUMP_S = 300;

/**
 * Writes a guest's memory and registers as an ELF core, which gdb and crash read
 * with the kernel's vmlinux. False where that did not work.
 */
export const dumpMemory = async (vm: Vm, file: string): Promise<boolean> => {
  const args = { paging: false, protocol: `file:${file}` };
  if ((await vm.qmp.execute('dump-guest-memory', args, DUMP_S)) === undefined) return false;
  // Without them it is a core all the same.
  await addAddresses(file).catch(() => undefined);
  return true;
};

/**
 * Where nothing else gets through, a non-maskable interrupt does. The kernel is
 * told (unknown_nmi_panic) to panic at it, with the stacks of all processors.
 */
export const interruptForGood = async (vm: Vm): Promise<void> => {
  await vm.qmp.execute('inject-nmi');
  await vm.console.waitFor('Kernel panic', ANSWER_MS, vm.gone, vm.console.position);
  await vm.console.quiet(ANSWER_MS, vm.gone);
};

// SPDX-License-Identifier: MIT
import type { Kind, KernelLog } from '../kernel-log.ts';

/**
 * Lines are matched from their start wherever a program could put the same words
 * behind its own name (`traps: NAME[PID] general protection fault ip:…`).
 */
const KINDS: readonly Kind[] = [
  // arch/x86/mm/extable.c, before there is a console
  { kind: 'panic', pattern: /^PANIC: early exception / },

  // arch/x86/mm/fault.c, arch/x86/kernel/traps.c, arch/x86/kernel/cet.c
  {
    kind: 'page-fault',
    pattern: /^(?:kernel tried to execute NX-protected page|unable to execute userspace code)/,
  },
  {
    kind: 'page-fault',
    pattern: /BUG: (?:kernel NULL pointer dereference|unable to handle )/,
    follows: 'near',
  },
  { kind: 'page-table', pattern: /: Corrupted page table at address / },
  { kind: 'stack-overflow', pattern: /BUG: \S+ stack guard page was hit/ },
  {
    kind: 'stack-overflow',
    pattern: /^Thread overran stack, or stack corrupted/,
    follows: 'near',
  },
  { kind: 'double-fault', pattern: /^(?:traps: )?PANIC: double fault/ },
  { kind: 'gpf', pattern: /^(?:Oops: )?(?:segment-related )?general protection fault[,:]/ },
  { kind: 'divide-error', pattern: /^(?:Oops: )?divide error: / },
  { kind: 'control-flow', pattern: /^(?:traps: )?Missing ENDBR: / },

  // arch/x86/kernel/nmi.c, arch/x86/kernel/irq.c, arch/x86/mm/extable.c
  { kind: 'nmi', pattern: /^(?:Uhhuh\. NMI received|NMI: (?:PCI system|IOCK) error)/ },
  { kind: 'irq', pattern: /No irq handler for / },
  { kind: 'msr', pattern: /^unchecked MSR access error: / },
];

const NOISE: readonly RegExp[] = [
  // A signal that a program earned (arch/x86/mm/fault.c, arch/x86/kernel/traps.c, cet.c);
  // the name before the number may be anything.
  /\[\d+\]: segfault at [0-9a-f]+ ip [0-9a-f]+ sp [0-9a-f]+ error /,
  /^traps: .*\[\d+\] .* ip:[0-9a-f]+ sp:[0-9a-f]+ (?:ssp:[0-9a-f]+ )?error:/,
  // What the processor is vulnerable to (arch/x86/kernel/cpu/bugs.c).
  /^(?:Spectre V[12] : |RETBleed: |ITS: |Speculative [\w ]+: )WARNING: /,
];

/** Functions by name, as the groups of one source each. */
const MACHINERY = [
  // arch/x86/kernel/dumpstack.c
  'show_stack show_regs show_trace_log_lvl',
  'die die_addr __die __die_body __die_header oops_end',
  // arch/x86/entry, arch/x86/kernel/traps.c, arch/x86/mm/fault.c
  'error_entry do_trap do_error_trap handle_invalid_op handle_bug',
  'do_user_addr_fault do_kern_addr_fault page_fault_oops kernelmode_fixup_or_oops',
  'fixup_exception common_interrupt',
  // arch/x86/lib/delay.c: whichever instruction of it a stall is seen in
  'delay_tsc delay_loop delay_halt __delay __const_udelay __udelay __ndelay',
];

/** What the pinned tree says of this processor in its log. */
export const KERNEL_LOG: KernelLog = {
  pointer: /RIP: 0010:/,
  // arch/x86/kernel/dumpstack.c; an interrupt's stack comes before its task's
  stackBegins: /^Call Trace:$/,
  stackEnds: /^ ?<\/TASK>$/,
  oopsFlags: /: [0-9a-f]{4} \[#\d+\].*$/,
  kinds: KINDS,
  noise: NOISE,
  machinery: {
    names: MACHINERY.flatMap((names) => names.split(' ')),
    // arch/x86/entry: the ways into a handler
    families: [/^(?:asm_)?(?:exc|sysvec)_/],
  },
};

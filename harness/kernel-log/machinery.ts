// SPDX-License-Identifier: MIT
import { ARCH } from '../arch/host.ts';

/** Functions by name, as the groups of one source each. */
const NAMES = new Set([
  ...ARCH.log.machinery.names,
  ...[
    // lib/dump_stack.c, kernel/panic.c, lib/bug.c
    'dump_stack __dump_stack dump_stack_lvl print_oops_end_marker',
    'panic vpanic check_panic_on_warn warn_slowpath_fmt warn_slowpath_null',
    '__warn __warn_printk report_bug __report_bug __stack_chk_fail',
    // kernel/locking
    'lock_acquire __lock_acquire lock_release __lock_release lock_contended find_lock_lowest',
    'reacquire_held_locks validate_chain register_lock_class assign_lock_key valid_state',
    'check_prev_add check_prevs_add check_noncircular check_deadlock check_irq_usage',
    'check_usage_forwards check_usage_backwards mark_lock mark_usage mark_lock_irq',
    'mark_held_locks debug_locks_off debug_check_no_locks_freed debug_check_no_locks_held',
    'spin_bug spin_dump',
    // kernel/sched/core.c: where a task sleeps that hangs
    'schedule __schedule schedule_timeout schedule_preempt_disabled',
    'schedule_timeout_uninterruptible schedule_timeout_killable __schedule_bug',
    '__might_sleep __might_resched',
    // mm/slub.c, mm/oom_kill.c, mm/page_alloc.c, mm/usercopy.c
    'object_err slab_err slab_bug __slab_bug dump_header oom_kill_process out_of_memory',
    'warn_alloc usercopy_abort __check_heap_object __check_object_size',
    // lib/list_debug.c, lib/refcount.c, lib/string_helpers.c, lib/debugobjects.c
    '__list_add_valid_or_report __list_del_entry_valid_or_report __list_add_valid',
    '__list_del_entry_valid refcount_warn_saturate __fortify_report __fortify_panic',
    'debug_print_object check_region_inline print_report print_address_description',
  ].flatMap((names) => names.split(' ')),
]);

/** Families of functions, by how their names begin. */
const FAMILIES = [
  ...ARCH.log.machinery.families,
  // mm/kasan, mm/kfence, mm/kmsan, kernel/kcsan, lib/ubsan.c, and what compilers call
  /^_*(?:kasan|kfence|kmsan|kcsan|ubsan|asan|tsan|msan|hwasan)_/,
  // lib/stackdepot.c, kernel/stacktrace.c
  /^stack_(?:depot|trace)_/,
  // kernel/locking: lockdep's printing, and the locks themselves
  /^(?:lockdep|print_(?:circular|irq_inversion|deadlock|usage|bad|unlock))_/,
  /^(?:_raw|do_raw)_(?:spin|read|write)_|^_*mutex_(?:un)?lock/,
];

/**
 * Whether a function stands between a fault and the report of it, and so says
 * nothing of the fault: it prints stacks, handles traps, belongs to a sanitizer or
 * to lockdep, or is what a sleeper sleeps in.
 */
export const isMachinery = (name: string): boolean =>
  NAMES.has(name) || FAMILIES.some((pattern) => pattern.test(name));

// SPDX-License-Identifier: MIT
import type { Outcome } from '../../harness/base/outcome.ts';

/** What must be said of one program of test/faults/programs. */
export interface GuestFault {
  readonly outcome: Outcome;
  /** A part of the reason that is given. */
  readonly why?: string;
  readonly about: string;
  /** It contaminates its VM: whatever it reported, the next program needs another one. */
  readonly contaminates?: true;
}

/**
 * Every planted fault of a guest, by the words of README's table: what is right,
 * not what happens to be said. Why a harness might fall for one stands in it.
 */
export const GUEST_FAULTS: Readonly<Record<string, GuestFault>> = {
  console_switched_off: {
    outcome: 'error',
    why: "the kernel's log",
    about: 'the console is off, so a report could not be seen',
  },
  ends_by_abort: { outcome: 'fail', why: 'SIGABRT', about: 'a good report, then abort' },
  ends_with_sigkill: {
    outcome: 'fail',
    why: 'SIGKILL',
    about: 'killed as at its deadline, long before it',
  },
  floods: {
    outcome: 'error',
    why: 'more than 1 MiB',
    about: '4 MiB of diagnostics after a good result',
  },
  forges_a_result: { outcome: 'fail', about: 'prints what would end our own TAP document' },
  guest_changes_hostname: { outcome: 'pass', about: 'another hostname', contaminates: true },
  guest_changes_sysctl: {
    outcome: 'pass',
    about: 'panics on a warning, and does not restart',
    contaminates: true,
  },
  guest_clock_backwards: { outcome: 'pass', about: 'the clock a year back', contaminates: true },
  guest_clock_forwards: { outcome: 'pass', about: 'the clock a year on', contaminates: true },
  guest_closes_the_network: { outcome: 'hang', about: 'the network down: the kernel runs on' },
  guest_deletes_busybox: {
    outcome: 'error',
    why: "the kernel's log",
    about: 'no shell to tell what the kernel logged, or for the next one',
    contaminates: true,
  },
  guest_detaches_the_console: {
    outcome: 'error',
    why: "the kernel's log",
    about: 'no serial line',
  },
  guest_eats_descriptors: { outcome: 'pass', about: 'all file descriptors, given back by its end' },
  guest_eats_pids: {
    outcome: 'pass',
    about: 'leaves as many processes as there can be',
    contaminates: true,
  },
  guest_exhausts_memory: { outcome: 'kernel-report', why: 'oom-killer', about: 'takes all memory' },
  guest_fills_tmp: { outcome: 'pass', about: 'no room left in /tmp', contaminates: true },
  guest_forges_the_shell: {
    outcome: 'error',
    why: "the kernel's log",
    about: 'a shell that says the next one passes',
    contaminates: true,
  },
  guest_fork_bomb: {
    outcome: 'kernel-report',
    about: 'children that fork as well, until memory is out',
  },
  guest_halts: { outcome: 'hang', about: 'the VM stands still' },
  guest_kills_dropbear: {
    outcome: 'lost-vm',
    why: 'the VM ended',
    about: 'no dropbear: init switches off',
  },
  guest_kills_its_session: {
    outcome: 'error',
    why: 'connection',
    about: 'cuts its own connection',
  },
  guest_leaves_a_mount: { outcome: 'pass', about: 'a mount left', contaminates: true },
  guest_leaves_a_process: { outcome: 'pass', about: 'a process left', contaminates: true },
  guest_leaves_its_stdout_open: {
    outcome: 'pass',
    about: 'a child that holds its output open',
    contaminates: true,
  },
  guest_leaves_memory_used: {
    outcome: 'pass',
    about: '100 MB left in /dev/shm',
    contaminates: true,
  },
  guest_locks_the_log: {
    outcome: 'pass',
    about: '/dev/kmsg without rights, which root does not need',
  },
  guest_mounts_over_bin: { outcome: 'error', why: "the kernel's log", about: 'nothing in /bin' },
  guest_mounts_over_tests: { outcome: 'pass', about: 'no programs any more', contaminates: true },
  guest_overwrites_the_others: {
    outcome: 'pass',
    about: 'programs that pass in the place of all others',
  },
  guest_powers_off: { outcome: 'lost-vm', why: 'the VM ended', about: 'switches the machine off' },
  guest_reboots: { outcome: 'lost-vm', why: 'the VM ended', about: 'restarts the machine' },
  guest_removes_the_log: { outcome: 'pass', about: 'no /dev/kmsg, which the observer holds open' },
  guest_resets_by_port: {
    outcome: 'skip',
    why: 'no iopl',
    about: 'resets the machine by its ports',
  },
  guest_root_read_only: { outcome: 'pass', about: 'the root read-only', contaminates: true },
  guest_signals_init: { outcome: 'pass', about: 'every signal to init' },
  guest_takes_a_processor: { outcome: 'pass', about: 'one processor less', contaminates: true },
  guest_unbinds_the_network: { outcome: 'hang', about: 'no network card' },
  guest_unmounts_proc: {
    outcome: 'pass',
    contaminates: true,

    about: 'no /proc, but for the one that the harness looks at',
  },
  guest_unmounts_sys: { outcome: 'pass', about: 'no /sys', contaminates: true },
  guest_unmounts_tmp: { outcome: 'pass', about: 'no /tmp of its own', contaminates: true },
  guest_writes_to_memory: { outcome: 'skip', why: 'no /dev/mem', about: 'writes over memory' },
  hang_as_nobody: { outcome: 'timeout', why: 'longer than 1 s', about: 'hangs without rights' },
  hang_at_highest_priority: {
    outcome: 'timeout',
    why: 'longer than 2 s',
    about: 'spins on all processors before everybody else',
  },
  hang_in_vfork: {
    outcome: 'timeout',
    why: 'longer than 1 s',
    about: 'waits for a child that never goes on',
  },
  hang_of_another_program: {
    outcome: 'timeout',
    why: 'longer than 1 s',
    about: 'becomes a sleeping program',
  },
  hang_of_dropbear: { outcome: 'hang', about: 'stops dropbear and ends' },
  hang_sigterm_ignored: {
    outcome: 'timeout',
    why: 'longer than 1 s',
    about: 'ignores every signal it can',
  },
  hang_stopped: { outcome: 'timeout', why: 'longer than 1 s', about: 'stops itself' },
  hang_while_dropbear_is_traced: {
    outcome: 'hang',
    why: 'longer than 2 s',
    about: 'holds dropbear until its deadline',
  },
  hang_without_its_guard: {
    outcome: 'timeout',
    about: 'kills what was to end it; the guest still answers',
  },
  hangs: {
    outcome: 'timeout',
    why: 'it ran longer than 2 s',
    about: 'a plan and nothing after it',
  },
  host_beyond: { outcome: 'pass', about: 'a way out through the gateway' },
  host_by_devices: { outcome: 'pass', about: 'shared file systems, disks, channels' },
  host_by_dhcp: { outcome: 'pass', about: 'what the DHCP answer tells' },
  host_by_tcp: { outcome: 'pass', about: 'ten thousand ports of the gateway' },
  host_by_udp: { outcome: 'pass', about: 'DNS, TFTP, NTP' },
  host_by_vsock: { outcome: 'pass', about: "the host's side of a vsock" },
  kernel_bug: {
    outcome: 'kernel-report',
    why: 'kernel BUG at',
    about: 'BUG() after a good report',
  },
  kernel_freeze: { outcome: 'hang', about: 'all processors spin with interrupts off' },
  kernel_null: {
    outcome: 'kernel-report',
    why: 'BUG: kernel NULL pointer dereference',
    about: 'a NULL dereference after a good report',
  },
  kernel_panic: {
    outcome: 'kernel-report',
    why: 'Kernel panic - not syncing: planted',
    about: 'a panic after a good report',
  },
  kernel_taint: {
    outcome: 'kernel-report',
    why: 'newly tainted: U',
    about: 'taint that no line of the log tells',
  },
  kernel_taint_hidden: {
    outcome: 'kernel-report',
    why: 'newly tainted: U',
    about: 'taint, with a file of its own over the one that tells',
  },
  kernel_taint_hidden_by_cat: {
    outcome: 'kernel-report',
    why: 'newly tainted: U',
    about: 'taint, with another program as cat',
  },
  kernel_warning: {
    outcome: 'kernel-report',
    why: 'WARNING: CPU:',
    about: 'a warning after a good report',
  },
  kernel_warning_silenced: {
    outcome: 'kernel-report',
    why: 'WARNING: CPU:',
    about: 'the console quietened first',
  },
  kernel_warns_in_the_next: {
    outcome: 'pass',
    about: 'leaves a process that has the kernel warn under the next program',
    contaminates: true,
  },
  ktap_bail_out: { outcome: 'error', why: 'Bail out!', about: 'gives up after all results' },
  ktap_coloured_failure: {
    outcome: 'error',
    why: 'no results',
    about: 'a failure hidden behind a colour',
  },
  ktap_cr_only: { outcome: 'error', why: 'no results', about: 'lines that end in CR alone' },
  ktap_cut_in_not_ok: { outcome: 'error', about: 'the last line is cut while it says not ok' },
  ktap_cut_in_result: { outcome: 'error', about: 'the last result has no end of line' },
  ktap_deep: { outcome: 'pass', about: 'five hundred levels of subtests' },
  ktap_empty_plan: { outcome: 'error', why: 'no results', about: '1..0 without a reason' },
  ktap_failure_on_stderr: {
    outcome: 'pass',
    about: 'stderr looks like a failure, and is no report',
  },
  ktap_late_result: {
    outcome: 'error',
    why: 'planned 2 and gave 1',
    about: 'a grandchild gives the rest after the end',
    contaminates: true,
  },
  ktap_marker_echoed: {
    outcome: 'error',
    why: "the kernel's log",
    about: 'silences the console and says the end marker in our place',
    contaminates: true,
  },
  ktap_marker_forged: {
    outcome: 'kernel-report',
    why: 'WARNING: CPU:',
    about: 'an end marker of its own in the log, then a warning',
  },
  ktap_marker_printed: { outcome: 'pass', about: 'an end marker on stdout, which is not the log' },
  ktap_nested_forged: {
    outcome: 'error',
    why: 'belongs to no plan',
    about: 'indented results of no subtest',
  },
  ktap_no_numbers: { outcome: 'error', why: 'no number', about: 'results without numbers' },
  ktap_no_plan: { outcome: 'error', why: 'no plan', about: 'results without a plan' },
  ktap_no_version: { outcome: 'error', about: 'no version line: every KTAP begins with one' },
  ktap_not_ok_exit_0: { outcome: 'fail', why: 'second', about: 'a failure and exit status 0' },
  ktap_number_repeated: {
    outcome: 'error',
    why: 'result 1 came where 2 was due',
    about: 'one number twice',
  },
  ktap_numbers_out_of_order: {
    outcome: 'error',
    why: 'result 2 came where 1 was due',
    about: 'numbers out of order',
  },
  ktap_ok_but_timeout: {
    outcome: 'fail',
    why: 'first',
    about: 'ok, with a directive that says it is not',
  },
  ktap_ok_exit_4: {
    outcome: 'fail',
    why: 'exited with 4',
    about: 'all ok, and the exit status of a skip',
  },
  ktap_ok_exit_77: {
    outcome: 'fail',
    why: 'exited with 77',
    about: 'all ok, and the exit status of another skip',
  },
  ktap_on_stderr: { outcome: 'error', why: 'no results', about: 'a good report on stderr alone' },
  ktap_plan_huge: { outcome: 'error', why: 'and gave 1', about: 'a plan beyond all numbers' },
  ktap_plan_too_short: {
    outcome: 'error',
    why: 'planned 1 and gave 2',
    about: 'a result more than planned',
  },
  ktap_plan_twice: { outcome: 'error', why: 'a second plan', about: 'a second plan that fits' },
  ktap_results_after_bail_out: {
    outcome: 'error',
    why: 'Bail out!',
    about: 'gives up, and then all results come',
  },
  ktap_skip_with_failure: { outcome: 'fail', why: 'second', about: 'one skipped, one failed' },
  ktap_skip_without_reason: { outcome: 'skip', about: 'skips and does not say why' },
  ktap_skips_all: { outcome: 'skip', why: 'no such device', about: '1..0 with a reason' },
  ktap_skips_all_then_fails: {
    outcome: 'fail',
    why: 'first',
    about: 'skips all, and then a failure',
  },
  ktap_skips_each: {
    outcome: 'skip',
    why: 'no such device',
    about: 'each result skipped, exit status 4',
  },
  ktap_stdout_closed: {
    outcome: 'error',
    why: 'no results',
    about: 'its output closed before it reports',
  },
  ktap_subtest_cut: {
    outcome: 'error',
    why: 'planned 2 and gave 1',
    about: 'half a subtest in an ok parent',
  },
  ktap_subtest_failed_in_ok: {
    outcome: 'fail',
    why: 'inner',
    about: 'a failed subtest in an ok parent',
  },
  ktap_subtest_without_summary: {
    outcome: 'error',
    why: 'ends inside a subtest',
    about: 'a subtest without its own result',
  },
  ktap_tap_14: { outcome: 'pass', about: 'TAP 14 with a subtest and a YAML block' },
  ktap_todo_only: {
    outcome: 'fail',
    why: 'no result is ok',
    about: 'nothing but an expected failure',
  },
  ktap_two_documents: {
    outcome: 'error',
    why: 'a second plan',
    about: 'the report of another program, then its own',
  },
  ktap_unknown_version: { outcome: 'error', about: 'a version that nobody knows yet' },
  ktap_xfail_only: {
    outcome: 'fail',
    why: 'no result is ok',
    about: 'nothing but a known failure',
  },
  needs_a_warning: {
    outcome: 'pass',
    about: 'provokes the warning that it promises',
    contaminates: true,
  },
  needs_a_warning_in_vain: {
    outcome: 'fail',
    why: 'did not report what it should have: warning',
    about: 'promises a warning and provokes none',
  },
  needs_an_option: {
    outcome: 'skip',
    why: 'the kernel lacks CONFIG_LIST_KUNIT_TEST',
    about: 'wants an option that is not set',
  },
  needs_another_report: {
    outcome: 'kernel-report',
    why: 'kernel BUG at',
    about: 'promises a warning and provokes a BUG as well',
  },
  needs_three_processors: { outcome: 'pass', about: 'asks for a machine, a device and a user' },
  ok_but_exit_1: { outcome: 'fail', why: 'exited with 1', about: 'all ok, exit status 1' },
  output_10000_results: {
    outcome: 'fail',
    why: 'number 7777',
    about: 'one failure in ten thousand results',
  },
  output_200_mb: { outcome: 'error', why: 'more than 1 MiB', about: '200 MB after a good report' },
  output_200_mb_on_stderr: {
    outcome: 'error',
    why: 'more than 1 MiB',
    about: 'the same on stderr',
  },
  output_after_the_end: {
    outcome: 'pass',
    about: 'a grandchild that prints when its parent has passed',
    contaminates: true,
  },
  output_ansi_names: { outcome: 'fail', about: 'a name that erases the line above it' },
  output_forged_report: {
    outcome: 'kernel-report',
    why: 'forged',
    about: 'a warning that the kernel never gave',
  },
  output_github_commands: { outcome: 'fail', why: '::error', about: 'commands to a CI runner' },
  output_html: { outcome: 'fail', why: '<script>', about: 'markup in names' },
  output_invalid_utf8: { outcome: 'pass', about: 'bytes that are no UTF-8' },
  output_line_without_end: {
    outcome: 'error',
    why: 'more than 1 MiB',
    about: '5 MB without a newline',
  },
  output_long_line: { outcome: 'pass', about: 'a line of 900 KB and a name of 100 KB' },
  output_names: { outcome: 'pass', about: 'names of every kind' },
  output_nul_bytes: { outcome: 'pass', about: 'NUL bytes between and in results' },
  output_to_the_serial_line: { outcome: 'pass', about: 'half a line into the serial line itself' },
  output_yaml: { outcome: 'pass', about: 'YAML that ends early, nothing but unknown lines' },
  prints_half: {
    outcome: 'error',
    why: 'planned 2 and gave 1',
    about: 'half of its plan, exit status 0',
  },
  prints_nothing: { outcome: 'error', why: 'no results', about: 'nothing at all, exit status 0' },
  segfaults: { outcome: 'fail', why: 'SIGSEGV', about: 'a good report, then a crash' },
  sysrq_crashes: { outcome: 'kernel-report', why: 'sysrq', about: 'has the kernel crash' },
  sysrq_ends_all: { outcome: 'lost-vm', why: 'the VM ended', about: 'asks all processes to end' },
  sysrq_kills_all: { outcome: 'lost-vm', why: 'the VM ended', about: 'kills all processes' },
  sysrq_kills_largest: {
    outcome: 'kernel-report',
    why: 'oom-killer',
    about: 'as if memory had run out',
  },
  sysrq_reboots: { outcome: 'lost-vm', why: 'the VM ended', about: 'restarts the machine at once' },
  sysrq_switches_off: {
    outcome: 'lost-vm',
    why: 'the VM ended',
    about: 'switches the machine off',
  },
  untouched: { outcome: 'pass', about: 'whether the guest is as new, and nothing else' },
  uses_helper: { outcome: 'pass', about: 'a helper and the environment of the run' },
};

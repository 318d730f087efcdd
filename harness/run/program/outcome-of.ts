// SPDX-License-Identifier: MIT
import type { Outcome } from '../../base/outcome.ts';
import type { KernelReport } from '../../kernel-log/reports.ts';
import { taintLetters } from '../../kernel-log/reports.ts';
import { failing, outcomeOfLtp, outcomeOfSelftest, type Verdict } from './by-status.ts';
import { failedIn, skipped, type Ktap } from '../../ktap/read.ts';
import type { ExecEnd } from '../../ssh/connection.ts';
import type { HangDiagnostics } from '../guest/hang-diagnostics.ts';
import type { ModuleTrouble } from './module-trouble.ts';

/** Everything that was seen of one program: its outcome follows from it. */
export interface ProgramEvidence {
  readonly end: ExecEnd;
  /** The program was sent, and its begin marker came over the serial line. */
  readonly began: boolean;
  /** Its deadline, in seconds, and whether it had passed before the program ended. */
  readonly timeout: number;
  readonly overdue: boolean;
  /** By which way a hung guest still answered; undefined where nobody had to ask. */
  readonly stuck: HangDiagnostics['answered'] | undefined;
  /** Why a module of the program's was not loaded, or not unloaded. */
  readonly module: ModuleTrouble | undefined;
  readonly ktap: Ktap;
  /**
   * Of whom the exit status tells how it went, and what was printed may only tell that it went worse;
   * undefined where KTAP tells it.
   */
  readonly byStatus: 'kselftest' | 'ltp' | undefined;
  /** All that it printed. */
  readonly output: string;
  readonly flooded: boolean;
  /** The kernel reports between the program's markers. */
  readonly reports: readonly KernelReport[];
  /** The end marker came over the serial line, and no line before it was lost. */
  readonly logComplete: boolean;
  /** The kind of report that the program promises to provoke, where there was none. */
  readonly missing: string | undefined;
  /** The program mounted something over the files from which the guest's state is read. */
  readonly blinded: boolean;
  /** Taint bits that were not there before. */
  readonly newTaint: number;
  /** undefined while the VM lives; then whether somebody's signal ended it. */
  readonly vmEnd: { readonly killedFromOutside: boolean } | undefined;
}

const WAYS = {
  'serial line': 'sysrq over its serial line',
  nmi: 'a non-maskable interrupt',
  qemu: 'what QEMU knows of its processors',
} as const;

/**
 * The outcome that follows from the evidence; the gravest cause decides. A program passes
 * only by a complete, planned KTAP without a failure, by exit status 0, and by a kernel log
 * that is complete and clean.
 */
export const outcomeOf = (seen: ProgramEvidence): Verdict => {
  const verdict = (outcome: Outcome, why?: string): Verdict => ({ outcome, why });
  const [report] = seen.reports;
  if (seen.vmEnd?.killedFromOutside && !report)
    return verdict('killed', 'QEMU was killed from outside');
  if (report) return verdict('kernel-report', report.title);
  if (seen.newTaint !== 0)
    return verdict('kernel-report', `the kernel is newly tainted: ${taintLetters(seen.newTaint)}`);
  if (seen.vmEnd) return verdict('lost-vm', 'the VM ended while the program ran');
  if (seen.flooded) return verdict('error', 'it printed more than 1 MiB');
  if (seen.stuck === 'nothing')
    return verdict('killed', 'QEMU itself does not answer: it may have been stopped');
  if (seen.stuck !== undefined && seen.stuck !== 'ssh')
    return verdict('hang', `the guest answers no more, except by ${WAYS[seen.stuck]}`);
  if (seen.module) return verdict(seen.module.late ? 'timeout' : 'fail', seen.module.why);
  if (seen.overdue && ['deadline', 'lost'].includes(seen.end.kind))
    return verdict('hang', `it ran longer than ${seen.timeout} s and could not be killed`);
  if (seen.overdue) return verdict('timeout', `it ran longer than ${seen.timeout} s`);
  switch (seen.end.kind) {
    case 'deadline':
      return verdict('hang', 'it could not be killed');
    case 'lost':
      return verdict('error', 'the connection that it ran over was cut');
    case 'signal':
      return verdict('fail', `killed by SIG${seen.end.signal}`);
    case 'exit':
      break;
  }
  if (!seen.began) return verdict('error', 'the guest did not take the program, or not the marker');
  if (seen.blinded) return verdict('error', 'it mounted something over what the harness looks at');
  if (!seen.logComplete)
    return verdict('error', "the kernel's log is not complete, so it cannot be judged");
  const { status } = seen.end;
  if (seen.byStatus === 'kselftest') return outcomeOfSelftest(status, seen.ktap);
  if (seen.byStatus === 'ltp') return outcomeOfLtp(status, seen.output);
  const bad = failedIn(seen.ktap.results);
  if (bad.length > 0)
    return verdict(
      'fail',
      failing(
        bad.map(({ name }) => name),
        seen.ktap,
      ),
    );
  if (seen.ktap.faults.length > 0)
    return verdict('error', `exit status ${status}; ${seen.ktap.faults.join('; ')}`);
  const all = seen.ktap.results;
  const skip = seen.ktap.skipAll ?? (all.every(skipped) ? (all[0]?.reason ?? '') : undefined);
  // 4 is KSFT_SKIP (tools/testing/selftests/kselftest.h).
  if (skip !== undefined && (status === 0 || status === 4)) return verdict('skip', skip);
  if (!all.some((result) => result.ok && !skipped(result)))
    return verdict('fail', 'no result is ok, only skipped or expected to fail');
  if (seen.missing !== undefined)
    return verdict('fail', `the kernel did not report what it should have: ${seen.missing}`);
  if (status !== 0) return verdict('fail', `all results are ok but it exited with ${status}`);
  return verdict('pass');
};

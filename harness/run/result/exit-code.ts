// SPDX-License-Identifier: MIT
import { exitCodeOfOutcomes, gravest } from '../../base/outcome.ts';
import { exitCodeOf } from '../../base/result.ts';
import type { RunResult } from './result.ts';

/** The exit code of a run that a signal ended. */
export const exitCodeOfSignal = (reason: unknown): number =>
  reason === 'SIGINT' ? exitCodeOf('interrupted') : 143;

/** A boot that failed is the kernel's fault, 1; a QEMU that does not start or was killed is the environment's, 3. */
export const exitCodeOfRun = ({
  programs,
  strayReports,
  stopped,
}: Pick<RunResult, 'programs' | 'strayReports'> & {
  readonly stopped?: RunResult['stopped'] | undefined;
}): number => {
  const environment = stopped?.by === 'environment';
  // What the environment kept from running says nothing about the kernel.
  const ran = programs.filter((p) => p.outcome !== 'not-run' || !environment);
  return gravest([
    ...(strayReports.length > 0 ? [1] : []),
    ...(environment ? [exitCodeOf('environment')] : []),
    ...(ran.length > 0 ? [exitCodeOfOutcomes(ran.map((p) => p.outcome))] : []),
  ]);
};

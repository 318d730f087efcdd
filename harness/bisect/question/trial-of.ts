// SPDX-License-Identifier: MIT
import type { Plan } from '../../run/tests/plan.ts';
import { layered } from '../../run/spec.ts';
import type { RunTrial, Trial } from '../../trial/trial.ts';
import type { Question } from './question.ts';

/** How often a question is put to one state, and with what. */
export interface TrialOptions extends RunTrial {
  readonly plan: Plan;
  readonly runs: number;
  /** Also after the first failure. */
  readonly all: boolean;
}

/** What a question needs to be answered. */
export const trialOf = (
  question: Question,
  { plan, spec, headers, runs, all }: TrialOptions,
): Trial => {
  if (question.kind === 'build' || question.kind === 'warning') return { kind: 'build' };
  if (question.kind === 'command') return { kind: 'command', command: question.command, runs, all };
  if (question.kind === 'cost') {
    const { probe, series } = question;
    return { kind: 'cost', probe, series, spec, headers };
  }
  // A fork would only repeat a boot that went well: each run of a boot is a boot.
  const boots = question.kind === 'boot';
  return {
    kind: 'run',
    plan,
    headers,
    spec: layered(spec, {
      policy: { repeat: runs, untilFail: !all, isolate: boots, fork: runs > 1 && !boots },
    }),
  };
};

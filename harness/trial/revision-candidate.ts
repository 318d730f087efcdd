// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { ok, type Result } from '../base/result.ts';
import { fitBase } from '../kconfig/fit-base.ts';
import { inputsAt } from '../run/inputs-at.ts';
import type { Inputs } from '../run/inputs.ts';
import { sourceFor } from '../run/prepare.ts';
import type { RunSpec } from '../run/spec.ts';
import { filesTouched } from '../series/patch/contents.ts';
import type { Candidate } from './candidate.ts';

/** Series of the project's repository, with what the kernels of all its revisions share. */
export interface HistoryOptions {
  readonly kernel: RunSpec['kernel'];
  readonly series: readonly string[];
  readonly variant: string;
  /** The files whose warnings are kept in every state; see KernelOptions. */
  readonly watched?: readonly string[];
}

/** The files that the patches of the series at some commits touch. */
export const touchedAt = (...all: readonly Inputs[]): readonly string[] => [
  ...new Set(all.flatMap(({ series }) => series.flatMap((s) => s.patches.flatMap(filesTouched)))),
];

/** One state of the project's repository. */
export interface Revision {
  readonly commit: string;
  readonly label: string;
  /** A commit whose change is taken out. */
  readonly without?: string;
}

/** The series as the project's repository has them at a commit, on the source pinned there. */
export const candidateAt = async (
  context: Context,
  history: HistoryOptions,
  { commit, label, without }: Revision,
): Promise<Result<Candidate>> => {
  const asked = { ...history.kernel, series: history.series };
  const inputs = await inputsAt(context, commit, asked, without);
  if (!inputs.ok) return inputs;
  const source = await sourceFor(context, history.kernel.source, inputs.value);
  if (!source.ok) return source;
  const { series, fragments, baseOptions, modules } = inputs.value;
  return ok({
    label,
    kernel: {
      ...{ source: source.value, series, modules },
      fragments: await fitBase(context, source.value, fragments, baseOptions),
      variant: history.variant,
      allowWarnings: true,
      ...(history.watched ? { watched: history.watched } : {}),
    },
  });
};

// SPDX-License-Identifier: MIT
import type { Context } from '../../base/context.ts';
import { locate } from '../../kernel/source-lines.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { framesOf } from '../../kernel-log/frames.ts';
import { explain, type ExplainedReport } from './explain.ts';
import { findReports, type KernelReport } from '../../kernel-log/reports.ts';

/** Kernel reports told apart by whether they count against a run. */
export interface Attributed {
  readonly counted: readonly ExplainedReport[];
  /** Listed, and not counted: the base kernel's own. */
  readonly base: readonly KernelReport[];
}

export type Attribute = (reports: readonly KernelReport[]) => Promise<Attributed>;

/**
 * KCSAN finds races in the base kernel that a series did not cause. A race without a frame in
 * a file of the series is the base's. A report of any other kind counts, and so does a race
 * whose frames cannot be resolved.
 */
export const attributeFor =
  (context: Context, kernel: Kernel): Attribute =>
  async (reports) => {
    const counted: KernelReport[] = [];
    const base: KernelReport[] = [];
    for (const report of reports)
      ((await isOfBase(context, kernel, report)) ? base : counted).push(report);
    return { counted: await explain(context, kernel, counted), base };
  };

const isOfBase = async (
  context: Context,
  kernel: Kernel,
  report: KernelReport,
): Promise<boolean> => {
  if (report.kind !== 'kcsan' || kernel.touched.length === 0) return false;
  // A report that was cut, or that has another inside, may have lost the frame of the series.
  if (!/^={40,}$/.test(report.lines.at(-1) ?? '') || findReports(report.lines.slice(1)).length > 0)
    return false;
  const located = await locate(context, kernel, framesOf(report.lines));
  const known = located.length > 0 && located.every(({ chains }) => chains.length > 0);
  const files = located.flatMap(({ chains }) => chains.flat().map(({ file }) => file));
  return known && !files.includes('??') && !files.some((file) => kernel.touched.includes(file));
};

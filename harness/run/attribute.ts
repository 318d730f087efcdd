// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { filesOfFrames } from '../kernel/symbols.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { framesOf } from '../kernel-log/frames.ts';
import { findReports, type KernelReport } from '../kernel-log/reports.ts';

/** Kernel reports told apart by whether they count against a run. */
export interface Attributed {
  readonly counted: readonly KernelReport[];
  /** Listed, and not counted: the base kernel's own. */
  readonly base: readonly KernelReport[];
}

export type Attribute = (reports: readonly KernelReport[]) => Promise<Attributed>;

/**
 * KCSAN finds races in the base kernel that a series has no part in. One with no
 * frame in a file of the series is the base's; every other kind of report counts
 * whatever its frames. What cannot be resolved counts.
 */
export const attributeFor =
  (context: Context, kernel: Kernel): Attribute =>
  async (reports) => {
    const counted: KernelReport[] = [];
    const base: KernelReport[] = [];
    for (const report of reports)
      ((await isOfBase(context, kernel, report)) ? base : counted).push(report);
    return { counted, base };
  };

const isOfBase = async (
  context: Context,
  kernel: Kernel,
  report: KernelReport,
): Promise<boolean> => {
  if (report.kind !== 'kcsan' || kernel.touched.length === 0) return false;
  // One that is cut, or has another within it, may have lost the frame that tells.
  if (!/^={40,}$/.test(report.lines.at(-1) ?? '') || findReports(report.lines.slice(1)).length > 0)
    return false;
  const files = await filesOfFrames(context, kernel, framesOf(report.lines));
  return files !== undefined && !files.has('??') && !kernel.touched.some((file) => files.has(file));
};

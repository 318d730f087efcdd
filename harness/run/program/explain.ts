// SPDX-License-Identifier: MIT
import { z } from 'zod';
import type { Context } from '../../base/context.ts';
import type { ReadOnly } from '../../base/read-only.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { locate } from '../../kernel/source-lines.ts';
import { framesOf } from '../../kernel-log/frames.ts';
import { countReports, KERNEL_REPORT, type KernelReport } from '../../kernel-log/reports.ts';

const count = z.int().nonnegative();

export const STACK_LINE = z.strictObject({
  function: z.string(),
  file: z.exactOptional(z.string()),
  line: z.exactOptional(count),
  /** The patch of the series that owns the line. */
  patch: z.exactOptional(z.string()),
  /** It is part of the line after it. */
  inlined: z.boolean(),
});

/** A line of a stack, as far as the kernel's debug information tells. */
export type StackLine = ReadOnly<z.infer<typeof STACK_LINE>>;

export const EXPLAINED_REPORT = z.strictObject({
  ...KERNEL_REPORT.shape,
  times: count,
  stack: z.array(STACK_LINE),
});

/** A kernel report with its stack in terms of the source, and how often it came. */
export type ExplainedReport = ReadOnly<z.infer<typeof EXPLAINED_REPORT>>;

/** A report holds at most so many frames. */
const FRAMES = 40;

/** Explains reports; equal ones become one. */
export const explain = async (
  context: Context,
  kernel: Kernel,
  reports: readonly KernelReport[],
): Promise<readonly ExplainedReport[]> => {
  const explained: ExplainedReport[] = [];
  for (const report of countReports(reports)) {
    // The title names its function once more.
    const lines = report.lines.filter((line) => line.trim() !== report.title);
    const frames = framesOf(lines).filter(({ reliable }) => reliable);
    const located = await locate(context, kernel, frames.slice(0, FRAMES));
    const stack = located.flatMap(({ frame, chains }): readonly StackLine[] => {
      // Several functions share the name: nobody can tell which one it was.
      const [chain, ...others] = chains;
      if (!chain || others.length > 0) return [{ function: frame.symbol, inlined: false }];
      return chain.map(({ function: name, file, line, patch }, index) => ({
        function: name,
        // A kernel without debug information only knows its functions.
        ...(file === '??' ? {} : { file, line }),
        ...(patch === undefined ? {} : { patch }),
        inlined: index < chain.length - 1,
      }));
    });
    explained.push({ ...report, stack });
  }
  return explained;
};

/** A report without a stack: no line of the log has it, or there is no kernel yet. */
export const unexplained = (report: KernelReport): ExplainedReport => ({
  ...report,
  times: 1,
  stack: [],
});

/** `  synos_ring_add kernel/synos/events.c:104 (0002-….patch)`; what is inlined in the next is set in. */
export const describeStackLine = (at: StackLine): string =>
  [
    `${at.inlined ? '  ' : ''}${at.function}`,
    ...(at.file === undefined ? [] : [`${at.file}:${at.line ?? 0}`]),
    ...(at.patch === undefined ? [] : [`(${at.patch})`]),
  ].join(' ');

/** Where to look first: the innermost line of the series, else the innermost of all. */
export const blamed = ({ stack }: ExplainedReport): StackLine | undefined =>
  stack.find(({ patch }) => patch !== undefined) ?? stack.find(({ file }) => file !== undefined);

/** The lines of a stack that a patch owns. */
export const blameFor = (stack: readonly StackLine[], patch: string): readonly StackLine[] =>
  stack.filter((line) => line.patch !== undefined && line.patch.endsWith(patch));

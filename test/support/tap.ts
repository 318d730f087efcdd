// SPDX-License-Identifier: MIT
import { Parser, type FinalResults, type Result } from 'tap-parser';

export interface Tap {
  readonly points: readonly Result[];
  /** What tap-parser, strict, finds wrong with the document itself. */
  readonly faults: readonly string[];
}

/** Reads a document with tap-parser in strict mode, as a consumer of ours would. */
export const parseTap = (text: string): Tap => {
  const points: Result[] = [];
  const faults: string[] = [];
  const parser = new Parser({ strict: true });
  const watch = (p: Parser): void => {
    p.on('child', watch);
    p.on('extra', (line: string) => faults.push(`not TAP: ${line}`));
    p.on('bailout', (reason: string) => faults.push(`bailout ${reason}`));
  };
  watch(parser);
  parser.on('assert', (result: Result) => points.push(result));
  parser.on('complete', ({ failures, plan }: FinalResults) => {
    if (plan.start !== 1 || plan.end !== points.length) faults.push('plan');
    for (const failure of failures) if (failure.tapError) faults.push(failure.tapError);
  });
  parser.end(text);
  return { points, faults };
};

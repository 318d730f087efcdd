// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Warning } from './make/diagnostics.ts';

/** A warning in a file that a series touches is the series' error, stored kernel or not. */
export const checkWarnings = (
  context: Context,
  warnings: readonly Warning[],
  allowed: boolean,
): Result<void> => {
  const lines = warnings.map(
    ({ file, line, text, patch }) => `${file}:${line}: ${text}${patch ? ` (${patch})` : ''}`,
  );
  if (lines.length === 0) return ok(undefined);
  if (allowed) {
    for (const text of lines) context.emit({ type: 'warning', text });
    return ok(undefined);
  }
  const [first] = warnings;
  return fail('unbuildable', 'the compiler warns about a file that is changed here', {
    code: 'compiler-warning',
    where: `${first?.file ?? ''}:${first?.line ?? 0}`,
    detail: lines.join('\n'),
    remedy: 'mend it, or run with --allow-warnings',
  });
};

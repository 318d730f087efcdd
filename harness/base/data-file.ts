// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { fail, ok, type FailureKind, type Result } from './result.ts';

/**
 * Reads a JSON (or YAML, its superset) file that a person may have edited, and
 * checks it against a schema; what is wrong comes back as `file:line:column`.
 */
export const readDataFile = async <T>(
  file: string,
  schema: z.ZodType<T>,
  kind: FailureKind = 'unbuildable',
): Promise<Result<T>> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return fail(kind, `cannot read ${file}`, {
      detail: (error as Error).message,
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const [broken] = document.errors;
  if (broken)
    return fail(kind, `${file} is not valid ${file.endsWith('.json') ? 'JSON' : 'YAML'}`, {
      where: at(broken.pos[0]),
      detail: broken.message,
    });
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  const node = issue ? document.getIn(issue.path, true) : undefined;
  const offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  return fail(kind, `${file}: ${issue?.path.join('.') ?? ''}`, {
    where: at(offset),
    detail: issue?.message ?? '',
  });
};

// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { fail, ok, type FailureKind, type Result } from './result.ts';

/** Of what is wrong with a file so much is told at once. */
const TOLD = 10;

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
  const language = file.endsWith('.json') ? 'JSON' : 'YAML';
  const [broken] = document.errors;
  if (broken)
    return fail(kind, `${file} is not valid ${language}`, {
      where: at(broken.pos[0]),
      detail: broken.message,
    });
  let data: unknown;
  try {
    data = document.toJS();
  } catch (error) {
    // An alias of nothing, or too many of them.
    return fail(kind, `${file} is not valid ${language}`, { detail: (error as Error).message });
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return ok(parsed.data);
  const wrong = parsed.error.issues.map((issue) => placeOf(document, issue));
  const [first] = wrong;
  return fail(kind, `${file}: ${first?.name ?? ''}`, {
    where: at(first?.offset ?? 0),
    detail: wrong
      .slice(0, TOLD)
      .map(({ offset, says }) => (wrong.length === 1 ? says : `${at(offset)}: ${says}`))
      .join('\n'),
  });
};

/** Where an issue is: a key that nobody knows stands among the others of its map. */
const placeOf = (document: Document, issue: z.core.$ZodIssue) => {
  const node = document.getIn(issue.path, true);
  const [unknown] = issue.code === 'unrecognized_keys' ? issue.keys : [];
  const pair = isMap(node)
    ? node.items.find(({ key }) => isScalar(key) && key.value === unknown)
    : undefined;
  const there = pair?.key ?? node;
  return {
    name: [...issue.path, ...(unknown === undefined ? [] : [unknown])].join('.'),
    offset: isNode(there) ? (there.range?.[0] ?? 0) : 0,
    says: issue.message,
  };
};

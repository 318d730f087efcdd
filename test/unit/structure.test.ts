// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/kbt.ts';

const HOME = join(ROOT, 'harness');
const files = readdirSync(HOME, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(HOME, name));

/** What a file imports of the harness: types and what is loaded later as well. */
const imports = (file: string): readonly string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)]
    .map(([, path = '']) => join(dirname(file), path))
    .filter((path) => files.includes(path));

test('no file imports itself by way of others', () => {
  const graph = new Map(files.map((file) => [file, imports(file)]));
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, way: readonly string[]): void => {
    if (way.includes(file))
      circles.push(
        [...way.slice(way.indexOf(file)), file].map((f) => relative(HOME, f)).join(' → '),
      );
    if (done.has(file) || way.includes(file)) return;
    for (const next of graph.get(file) ?? []) walk(next, [...way, file]);
    done.add(file);
  };
  for (const file of files) walk(file, []);
  expect(circles).toEqual([]);
});

test('no directory has more than twelve files', () => {
  const count = new Map<string, number>();
  for (const file of files) count.set(dirname(file), (count.get(dirname(file)) ?? 0) + 1);
  const crowded = [...count].filter(([, n]) => n > 12).map(([name]) => relative(HOME, name));
  expect(crowded).toEqual([]);
});

// SPDX-License-Identifier: MIT
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRun } from '../../harness/run/result-file.ts';

/** Results as kbt wrote them before they told a kind and an architecture; only trimmed. */
const HOME = join(import.meta.dirname, 'schema-1');

test.for(await readdir(HOME))('%s is read, with all that it said', async (name) => {
  const file = join(HOME, name);
  const written = JSON.parse(await readFile(file, 'utf8')) as Readonly<Record<string, unknown>>;
  const read = await readRun(file);
  expect(read).toEqual({
    ok: true,
    value: {
      directory: HOME,
      result: { ...written, schema: 2, kind: 'run', architecture: 'x86_64' },
    },
  });
});

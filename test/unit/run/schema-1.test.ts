// SPDX-License-Identifier: MIT
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readResult } from '../../../harness/run/result/result-file.ts';

/** Results as kbt wrote them before they told a kind and an architecture; only trimmed. */
const HOME = join(import.meta.dirname, 'schema-1');

/** A cell of a matrix that came to no run was a run of nothing. */
const UNBUILT = 'unbuilt-cell.json';

const runs = (await readdir(HOME)).filter((name) => name !== UNBUILT);

test.for(runs)('%s is read, with all that it said', async (name) => {
  const file = join(HOME, name);
  const written = JSON.parse(await readFile(file, 'utf8')) as Readonly<Record<string, unknown>>;
  const read = await readResult(file);
  expect(read).toEqual({
    ok: true,
    value: {
      directory: HOME,
      result: { ...written, schema: 2, kind: 'run', architecture: 'x86_64' },
    },
  });
});

test('a cell that came to no run is read as what failed', async () => {
  const read = await readResult(join(HOME, UNBUILT));
  expect(read).toMatchObject({
    ok: true,
    value: {
      result: {
        ...{ kind: 'failed', architecture: 'x86_64', cell: 'broken/plain', exitCode: 2 },
        failure: {
          kind: 'unbuildable',
          what: 'the kernel does not build, at kernel/broken.c:1',
          detail: expect.stringContaining("error: 'not_there' undeclared") as string,
        },
        plan: ['smoke'],
        series: [{ name: 'broken' }],
      },
    },
  });
});

test('a result of a time to come is refused by its schema, and by nothing else', async () => {
  const [name = ''] = runs;
  const old = JSON.parse(await readFile(join(HOME, name), 'utf8')) as object;
  const directory = await mkdtemp(join(tmpdir(), 'kbt-schema-'));
  try {
    const file = join(directory, 'result.json');
    await writeFile(file, JSON.stringify({ ...old, schema: 3, kind: 'run', architecture: 'x' }));
    expect(await readResult(directory)).toMatchObject({
      ok: false,
      failure: { kind: 'usage', detail: expect.stringMatching(/^schema: /) as string },
    });
  } finally {
    await rm(directory, { recursive: true });
  }
});

// SPDX-License-Identifier: MIT
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { compile } from '../../harness/guest/compile.ts';
import type { Event } from '../../harness/base/events.ts';
import { ok } from '../../harness/base/result.ts';
import { test } from '../support/fake.ts';

const SAYS_WHERE = '#include <stdio.h>\nint main(void) { puts(__FILE__); return 0; }\n';

test('a program is the same bytes from wherever it was compiled', async ({ fake }) => {
  const made = ['one', 'another/place'].flatMap((place) => {
    const root = join(fake.directory, place);
    return ['guest/programs', '../tests'].map((below) => ({ root, home: join(root, below) }));
  });
  const programs: { readonly bytes: string; readonly said: string }[] = [];
  for (const { root, home } of made) {
    await mkdir(home, { recursive: true });
    const source = join(home, 'says_where.c');
    await writeFile(source, SAYS_WHERE);
    const cache = join(root, 'cache');
    const signal = new AbortController().signal;
    const compiled = await compile(
      { root, project: root, cache, signal, env: process.env, emit: () => undefined },
      source,
      { optimised: false },
    );
    expect(compiled).toMatchObject(ok({ cached: false }));
    if (!compiled.ok) return;
    const bytes = await readFile(compiled.value.file, 'base64');
    programs.push({ bytes, said: (await execa(compiled.value.file)).stdout });
  }
  const [inside, beside] = ['guest/programs/says_where.c', 'says_where.c'];
  expect(programs.map(({ said }) => said)).toEqual([inside, beside, inside, beside]);
  expect(programs[0]?.bytes === programs[2]?.bytes).toBe(true);
  expect(programs[1]?.bytes === programs[3]?.bytes).toBe(true);
});

/** gettid is declared for _GNU_SOURCE alone: without it the compiler warns, too. */
const CALLS_GETTID = '#include <unistd.h>\nint main(void) { return gettid() < 1; }\n';

test.for([
  ['none', ''],
  ['an empty one', '#define _GNU_SOURCE\n'],
  ['a comment', '#define _GNU_SOURCE /* for gettid */\n'],
  ['a value', '# define _GNU_SOURCE 1 // for gettid\n'],
  ['one if there is none', '#ifndef _GNU_SOURCE\n#define _GNU_SOURCE 1\n#endif\n'],
] as const)(
  'a program with %s as its definition of _GNU_SOURCE compiles without a warning',
  async ([, head], { fake }) => {
    const { directory } = fake;
    const source = join(directory, 'calls_gettid.c');
    await writeFile(source, head + CALLS_GETTID);
    const said: Event[] = [];
    const compiled = await compile(
      {
        ...{ root: directory, project: directory, cache: join(directory, 'cache') },
        env: process.env,
        signal: new AbortController().signal,
        emit: (event) => said.push(event),
      },
      source,
      { optimised: false },
    );
    expect([compiled, said]).toMatchObject([ok({ cached: false }), []]);
    if (compiled.ok) expect((await execa(compiled.value.file)).exitCode).toBe(0);
  },
);

/** What an optimising compiler may take for a constant, as signal() and raise() are leaf functions. */
const SEES_SIGNAL = `#include <signal.h>
static int seen;
static void note(int number) { seen = number; }
int main(void) { signal(SIGUSR1, note); seen = 0; raise(SIGUSR1); return seen != SIGUSR1; }
`;

test('a test is compiled as selftests of the kernel are, without optimisation', async ({
  fake,
}) => {
  const { directory } = fake;
  const source = join(directory, 'sees_signal.c');
  await writeFile(source, SEES_SIGNAL);
  const context = {
    ...{ root: directory, project: directory, cache: join(directory, 'cache') },
    env: process.env,
    signal: new AbortController().signal,
    emit: () => undefined,
  };
  const codes = [];
  for (const optimised of [false, true]) {
    const compiled = await compile(context, source, { optimised });
    if (!compiled.ok) throw new Error(compiled.failure.detail);
    codes.push((await execa(compiled.value.file, { reject: false })).exitCode);
  }
  expect(codes).toEqual([0, 1]);
});

// SPDX-License-Identifier: MIT
import { chmodSync, linkSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { $ } from 'zx';
import type { RunResult } from '../../../harness/run/result/result.ts';
import type { Workbench } from '../workbench.ts';

const NAMES = 1000;
/** Seconds for each beyond its own time. */
const GOAL = 0.025;

/** It says that all is well by two calls of the kernel: with a C library it would be 700 KB. */
const TINY = `static long call(long n, long a, const void *b, long c)
{
	long r;
	__asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return r;
}
static const char text[] = "TAP version 13\\n1..1\\nok 1 tiny\\n";
void _start(void)
{
	call(1, 1, text, sizeof(text) - 1);
	call(60, 0, 0, 0);
}
`;

/** What the same executable takes where nobody watches it. */
const LOOP = `#!/bin/sh
i=0
while [ $i -lt ${NAMES} ]; do /tests/t1 >/dev/null; i=$((i + 1)); done
printf 'TAP version 13\\n1..1\\nok 1 loop\\n'
`;

/** Many names of one small executable in one plan: what looking after each costs. */
export const names = async ({ figures, scratch, kbt }: Workbench): Promise<void> => {
  const home = join(scratch, 'names');
  mkdirSync(home);
  const [source, tiny] = [join(scratch, 'tiny.c'), join(scratch, 'tiny')];
  writeFileSync(source, TINY);
  await $({ quiet: true })`gcc -O2 -nostdlib -static -s -o ${tiny} ${source}`;
  if (statSync(tiny).size > 20_000) throw new Error(`${tiny} is no small executable`);
  for (let n = 1; n <= NAMES; n += 1) linkSync(tiny, join(home, `t${n}`));
  writeFileSync(join(home, 'unwatched'), LOOP);
  chmodSync(join(home, 'unwatched'), 0o755);
  const runs: RunResult[] = [];
  const ran = async (run: number): Promise<RunResult> => {
    const args = ['--series', 'none', '--test-dir', home, '--tests', 't*', '--tests', 'unwatched'];
    return (runs[run] ??= await kbt('boot-test', ...args, '--timeout', '600'));
  };
  const about = { runs: 3 };
  const each = await figures.seconds(
    `${NAMES} names of one executable, each`,
    async (run) => spanOf(await ran(run)) / NAMES,
    about,
  );
  const own = await figures.seconds(
    '  the same in a loop of the guest, each',
    async (run) =>
      ((await ran(run)).programs.find(({ name }) => name === 'unwatched')?.milliseconds ?? 0) /
      1000 /
      NAMES,
    about,
  );
  await figures.seconds('  sent, watched and judged, each', () => each - own, {
    goal: GOAL,
    runs: 1,
  });
  figures.ratio('  in such turns of the loop', each / own);
};

/** From the first one's begin to the last one's end, in seconds. */
const spanOf = ({ programs }: RunResult): number => {
  const tiny = programs.filter(({ name }) => name !== 'unwatched');
  if (tiny.some(({ outcome }) => outcome !== 'pass')) throw new Error('a tiny program failed');
  const begins = tiny.flatMap(({ began }) => began ?? []);
  const ends = tiny.flatMap(({ began, milliseconds }) => (began ?? 0) + milliseconds);
  return (Math.max(...ends) - Math.min(...begins)) / 1000;
};

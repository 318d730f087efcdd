// SPDX-License-Identifier: MIT
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { $ } from 'zx';
import type { Verified } from '../../../harness/compare/verify-series.ts';
import type { RunResult } from '../../../harness/run/result/result.ts';
import { ROOT, stepSeconds, type Workbench } from '../workbench.ts';

const COUNTS = [50, 100, 200] as const;
/** Of a doubling. */
const GOAL = 2.2;
const FILES = 10;

/** Series of twice as many patches each, on the fake tree: to apply them, and to walk over them. */
export const series = async ({ figures, scratch }: Workbench): Promise<void> => {
  const apply: number[] = [];
  const verify: number[] = [];
  for (const count of COUNTS) {
    const home = plant(join(scratch, `series-${count}`), count);
    const json = join(scratch, 'fake.json');
    const env = {
      ...process.env,
      PATH: `${join(ROOT, 'test/fake/bin')}:${process.env['PATH'] ?? ''}`,
      KBT_CACHE: join(scratch, 'fake-cache'),
      KBT_RESULTS: join(scratch, 'fake-results'),
      KBT_FAKE_QEMU: 'panic',
    };
    const kbt = async (command: string): Promise<unknown> => {
      rmSync(json, { force: true });
      const args = ['--source', join(ROOT, 'test/fake/linux'), '--series-dir', home];
      const tests = ['--accel', 'tcg', '--test-dir', join(ROOT, 'test/fake/programs')];
      await $({
        cwd: ROOT,
        quiet: true,
        nothrow: true,
        env,
      })`node ci/start.mjs ${command} ${args} ${tests} --tests quiet --json ${json}`;
      return JSON.parse(readFileSync(json, 'utf8'));
    };
    apply.push(
      await figures.seconds(
        `${count} patches applied`,
        async () => {
          rmSync(env.KBT_CACHE, { recursive: true, force: true });
          return stepSeconds((await kbt('boot-test')) as RunResult)['tree'];
        },
        { runs: 3 },
      ),
    );
    const walk = async (): Promise<void> => {
      const { rows } = (await kbt('verify-series')) as Verified;
      if (!rows.every(({ builds }) => builds)) throw new Error('a prefix does not build');
    };
    verify.push(await figures.seconds(`${count} patches, verify-series`, walk, { runs: 1 }));
  }
  for (const [index, count] of COUNTS.entries()) {
    if (index === 0) continue;
    const grown = (seconds: readonly number[]): number =>
      (seconds[index] ?? NaN) / (seconds[index - 1] ?? NaN);
    figures.ratio(`  to apply ${count} patches, in half of them`, grown(apply), GOAL);
    figures.ratio(`  verify-series of ${count}, in half of them`, grown(verify), GOAL);
  }
};

/** Each patch gives a function another number, in one of a few files that the first ones add. */
const plant = (home: string, count: number): string => {
  mkdirSync(home, { recursive: true });
  for (let n = 1; n <= count; n += 1) {
    const name = `kernel/s${n % FILES}.c`;
    const head = [`int s${n % FILES}(void);`, '', `int s${n % FILES}(void)`, '{'];
    const kept = (mark: string): readonly string[] => head.map((line) => `${mark}${line}`);
    const diff =
      n <= FILES
        ? ['--- /dev/null', `+++ b/${name}`, '@@ -0,0 +1,6 @@', ...kept('+')].concat(
            ...[`+\treturn ${n};`, '+}'],
          )
        : [`--- a/${name}`, `+++ b/${name}`, '@@ -1,6 +1,6 @@', ...kept(' ')].concat(
            ...[`-\treturn ${n - FILES};`, `+\treturn ${n};`, ' }'],
          );
    const message = ['From: T <t@example.com>', `Subject: [PATCH] number ${n}`, '', 'Say why.', ''];
    const text = [...message, '---', '', ...diff, ''].join('\n');
    writeFileSync(join(home, `${String(n).padStart(4, '0')}-number.patch`), text);
  }
  return home;
};

// SPDX-License-Identifier: MIT
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { kbt, marked, newMark } from '../support/kbt.ts';
import { test } from '../support/fake.ts';
import { readTold } from '../support/told.ts';
import type { RunResult } from '../../harness/run/result/result.ts';

const SERIES = 5;
const EACH = 10;

// Forty seconds of two processors, and more of those that have other things to do.
const WHOLE = { timeout: 180_000 };

test(
  'fifty runs at once in one cache build each kernel once, and leave whole entries alone',
  WHOLE,
  async ({ fake }) => {
    const one = await fake.series([
      { 'kernel/own.c': 'int own(void);\n\nint own(void)\n{\n\treturn 0;\n}\n' },
    ]);
    const patch = await readFile(join(one, '0001-edit-1.patch'), 'utf8');
    const homes = await Promise.all(
      Array.from({ length: SERIES }, async (_, index) => {
        const home = join(fake.directory, `series-${index}`);
        await mkdir(home);
        await writeFile(
          join(home, '0001-edit-1.patch'),
          patch.replace('return 0', `return ${index}`),
        );
        return home;
      }),
    );
    const mark = newMark();
    const [name = '', value = ''] = mark.split('=');
    const runs = await Promise.all(
      Array.from({ length: EACH }, () => homes)
        .flat()
        .map(async (home, index) => {
          const json = join(fake.directory, `run-${index}.json`);
          const args = [...fake.args, '--series-dir', home, '--json', json];
          const ran = await kbt(args, { ...fake.env, [name]: value });
          return { ...ran, home, result: (await readTold(json)) as RunResult | undefined };
        }),
    );
    for (const { stderr, code, result } of runs) {
      // The guest panics, and nothing else goes wrong.
      expect(code, stderr).toBe(1);
      expect(stderr).not.toMatch(/damaged|not as it was made|bug in the harness/);
      expect(result?.stopped?.by, stderr).toBe('kernel');
    }
    expect(await marked(mark)).toEqual([]);

    const built = runs.flatMap(({ result, home }) =>
      (result?.steps ?? []).flatMap(({ step, end }) =>
        step === 'kernel' && end === 'done' ? [home] : [],
      ),
    );
    expect(built.sort()).toEqual(homes);
    const cache = fake.env['KBT_CACHE'] ?? '';
    const fingerprints = runs.map(({ result }) => result?.kernel.fingerprint ?? '');
    expect((await readdir(join(cache, 'kernels'))).sort()).toEqual(
      [...new Set(fingerprints)].sort(),
    );
    // Each kernel is the one of its series: what runs of one series saw is one, and no two are alike.
    const byHome = new Map(runs.map(({ home, result }) => [home, result?.kernel.fingerprint]));
    expect(new Set(byHome.values()).size).toBe(SERIES);
    for (const { home, result } of runs) expect(result?.kernel.fingerprint).toBe(byHome.get(home));
    const images = await Promise.all(
      [...byHome.values()].map((key = '') =>
        readFile(join(cache, 'kernels', key, 'bzImage'), 'hex'),
      ),
    );
    expect(new Set(images).size).toBe(SERIES);
    // Scratch, locks and announcements of runs are gone.
    const all = await readdir(cache, { recursive: true });
    expect(all.filter((file) => /(?:^|\/)\.tmp-|^runs\/.|\.new$/.test(file))).toEqual([]);
  },
);

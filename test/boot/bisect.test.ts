// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import type { Bisected } from '../../harness/bisect/bisect.ts';
import type { Compared } from '../../harness/compare/compare.ts';
import type { Verified } from '../../harness/compare/verify-series.ts';
import { withPlanted } from '../support/with-planted.ts';
import { parseTap } from '../support/tap.ts';

test('in a series that does not build in its middle, the patch that breaks a test is found, by itself', () =>
  withPlanted({ steps: 5, planted: { 2: 'breaks', 4: 'fails' }, mendedBy: 3 }, async ({ ask }) => {
    const found = await ask('bisect');
    expect(found.result).toMatchObject({
      question: 'does steps fail?',
      suspects: ['0004-proc-step-4.patch'],
      why: 'global.steps_agree fails',
      cure: { verdict: 'cured' },
    });
    expect((found.result as Bisected).confidence).toBeGreaterThan(0.99);
    expect(found.code).toBe(0);
    expect(parseTap(found.stdout).faults).toEqual([]);

    const verified = await ask('verify-series');
    const rows = (verified.result as Verified).rows.map(
      ({ verdict, builds, unchanged, difference }) => ({
        verdict,
        builds,
        unchanged,
        regressed: difference.regressed,
      }),
    );
    const plain = { verdict: 'ok', builds: true, unchanged: false, regressed: [] };
    expect(rows).toEqual([
      plain,
      plain,
      { ...plain, verdict: 'fail', builds: false },
      plain,
      { ...plain, verdict: 'fail', regressed: ['steps/global.steps_agree'] },
      plain,
    ]);
    expect((verified.result as Verified).failing).toEqual(['steps/global.steps_agree']);
    expect(verified.code).toBe(1);
    const { points, faults } = parseTap(verified.stdout);
    expect(faults).toEqual([]);
    expect(points.map((p) => p.ok)).toEqual([true, true, false, true, false, true, false]);

    const compared = await ask('compare');
    expect((compared.result as Compared).difference).toMatchObject({
      regressed: ['steps/global.steps_agree'],
      fixed: [],
      stillFailing: [],
      warnings: [],
      reports: [],
    });
    expect(compared.code).toBe(1);
  }));

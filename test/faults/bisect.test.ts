// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import type { Bisected } from '../../harness/bisect/bisect.ts';
import type { Planted } from '../support/planted.ts';
import { withPlanted, withPlantedTree } from '../support/with-planted.ts';

const STEPS = 16;

/** A kind of fault, the step that brings it, what is asked, and the words of the answer. */
const CULPRITS: readonly (readonly [Planted, number, readonly string[], RegExp])[] = [
  ['panics', 6, [], /panicked at boot: .* planted in step 6/],
  ['warns', 13, ['--warning'], /unused variable 'unused_in_step_13'/],
  ['kasan', 14, ['--variant', 'kasan'], /BUG: KASAN: slab-out-of-bounds/],
  ['flaky', 9, ['--test', 'steps'], /steps_agree/],
];

test.for(CULPRITS)(
  'what %s from step %i of a series on is found, with %o',
  ([planted, culprit, args, why]) =>
    withPlanted({ steps: STEPS, planted: { [culprit]: planted } }, async ({ ask }) => {
      const name = `00${String(culprit).padStart(2, '0')}-proc-step-${culprit}.patch`;
      const { code, stderr, ...answer } = await ask('bisect', ...args);
      const result = answer.result as Bisected;
      expect(result, stderr).toMatchObject({ suspects: [name], cure: { verdict: 'cured' } });
      expect(result.why).toMatch(why);
      expect(result.confidence).toBeGreaterThan(0.99);
      const blamed = result.blame.map(({ file, patch }) => `${file ?? ''} ${patch ?? ''}`);
      if (planted === 'kasan' || planted === 'panics')
        // A stack may hold more than one line of it.
        expect([...new Set(blamed)]).toEqual([`fs/proc/kbt_steps.c planted/${name}`]);
      expect(code).toBe(0);
    }),
);

test.for(CULPRITS)(
  'what %s from step %i of a history with a merge on is found, with %o',
  ([planted, culprit, args, why]) =>
    withPlantedTree(
      // Another step does not build, until one after it does.
      { steps: STEPS, planted: { [culprit]: planted, 11: 'breaks' }, mendedBy: 12 },
      async ({ ask }) => {
        const { code, stderr, ...answer } = await ask('bisect', ...args);
        const result = answer.result as Bisected;
        expect(result.suspects, stderr).toHaveLength(1);
        expect(result.suspects[0]).toMatch(new RegExp(`^[0-9a-f]{12} proc: step ${culprit}$`));
        expect(result.cure?.verdict, stderr).toBe('cured');
        expect(result.why).toMatch(why);
        expect(result.confidence).toBeGreaterThan(0.99);
        expect(code).toBe(0);
      },
    ),
);

// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import { ok, type Result } from '../../../harness/base/result.ts';
import { doubtAfter, rateOf, runsFor } from '../../../harness/bisect/question/rate.ts';
import {
  ancestorsOf,
  search,
  SURE,
  type History,
} from '../../../harness/bisect/question/search.ts';
import { shuffled } from '../../../harness/run/tests/program-runs.ts';

const chain = (length: number): History =>
  Array.from({ length }, (_, node) => ({ parents: node === 0 ? [] : [node - 1] }));

/** The same numbers for the same seed, from 0 up to 1. */
const generator = (seed: number) => {
  const numbers = shuffled(
    Array.from({ length: 10_007 }, (_, index) => index / 10_007),
    seed,
  );
  let next = 0;
  return (): number => numbers[next++ % numbers.length] ?? 0;
};

/** Searches with an oracle that never errs; what is in `broken` cannot be asked. */
const find = async (history: History, culprit: number, broken: ReadonlySet<number> = new Set()) => {
  const asked: number[] = [];
  const found = await search(history, (node) => {
    asked.push(node);
    if (broken.has(node)) return Promise.resolve(ok({ verdict: 'skip' }));
    const bad = ancestorsOf(history, node).has(culprit);
    return Promise.resolve(ok(bad ? { verdict: 'bad' } : { verdict: 'good', doubt: 0 }));
  });
  if (!found.ok) throw new Error(found.failure.what);
  return { ...found.value, asked };
};

test('every culprit of every chain is found, in as many questions as halving takes', async () => {
  for (let length = 1; length <= 40; length += 1)
    for (let culprit = 0; culprit < length; culprit += 1) {
      const { suspects, doubt, asked } = await find(chain(length), culprit);
      expect(suspects).toEqual([culprit]);
      expect(doubt).toBe(0);
      expect(asked.length).toBeLessThanOrEqual(Math.ceil(Math.log2(length)));
      expect(new Set(asked).size).toBe(asked.length);
      expect(asked).not.toContain(length - 1);
    }
});

test('whatever cannot be asked, the culprit is among the suspects, and only what touches it beside it', async () => {
  const length = 9;
  for (let culprit = 0; culprit < length; culprit += 1)
    for (let pattern = 0; pattern < 2 ** (length - 1); pattern += 1) {
      const broken = new Set(
        Array.from({ length }, (_, node) => node).filter((node) => (pattern >> node) & 1),
      );
      const { suspects } = await find(chain(length), culprit, broken);
      // From the last that can be seen to be good to the first that can be seen to be bad.
      let first = culprit;
      while (first > 0 && broken.has(first - 1)) first -= 1;
      let last = culprit;
      while (last < length - 1 && broken.has(last)) last += 1;
      const expected = Array.from({ length: last - first + 1 }, (_, index) => first + index);
      expect(suspects).toEqual(expected);
    }
});

test('a run of states that cannot be asked is left, not walked through', async () => {
  const broken = new Set(Array.from({ length: 20 }, (_, index) => 22 + index));
  for (const culprit of [3, 60]) {
    const { suspects, asked } = await find(chain(64), culprit, broken);
    expect(suspects).toEqual([culprit]);
    expect(asked.filter((node) => broken.has(node)).length).toBeLessThanOrEqual(5);
  }
});

/** A history with merges: each node has one parent or two among the last few. */
const merged = (length: number, seed: number): History => {
  const random = generator(seed);
  const nodes: { parents: number[] }[] = [{ parents: [] }];
  for (let node = 1; node < length - 1; node += 1) {
    const parents = [1, 2].map(() => Math.max(0, node - 1 - Math.floor(random() * 4)));
    nodes.push({ parents: [...new Set(random() < 0.5 ? parents.slice(1) : parents)] });
  }
  // The bad end is what all of it comes together in.
  const used = new Set(nodes.flatMap(({ parents }) => parents));
  const tips = nodes.flatMap((_, node) => (used.has(node) ? [] : [node]));
  return [...nodes, { parents: tips }];
};

test('in histories with merges, every culprit is found', async () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const history = merged(30, seed);
    for (let culprit = 0; culprit < history.length; culprit += 1) {
      const { suspects, asked } = await find(history, culprit);
      expect(suspects).toEqual([culprit]);
      expect(asked.length).toBeLessThanOrEqual(12);
    }
  }
});

/** A test that fails at a rate from its culprit on; runs add up as in a search. */
const flaky = (culprit: number, rate: number, measured: number, seed: number) => {
  const random = generator(seed);
  const had = new Map<number, number>();
  const told = new Map<number, 'bad'>();
  let runs = 0;
  const ask = (node: number, sure: boolean) => {
    const wanted = runsFor(measured, sure ? SURE : 0.1);
    while (!told.has(node) && (had.get(node) ?? 0) < wanted) {
      runs += 1;
      had.set(node, (had.get(node) ?? 0) + 1);
      if (node >= culprit && random() < rate) told.set(node, 'bad');
    }
    const doubt = doubtAfter(measured, had.get(node) ?? 0);
    const answer = told.has(node)
      ? { verdict: 'bad' as const }
      : { verdict: 'good' as const, doubt };
    return Promise.resolve<Result<typeof answer>>(ok(answer));
  };
  return { ask, runs: () => runs };
};

test.each([0.9, 0.5, 0.3, 0.1])(
  'a culprit that fails at the rate %f is found wherever it is',
  async (rate) => {
    let trials = 0;
    let wrong = 0;
    for (let culprit = 0; culprit < 16; culprit += 1)
      for (let seed = 1; seed <= 20; seed += 1) {
        // What ten failures measure, less what that leaves open.
        const runs = Math.round(10 / rate);
        const oracle = flaky(culprit, rate, rateOf({ runs, failures: 10 }), seed * 100 + culprit);
        const found = await search(chain(16), oracle.ask);
        if (!found.ok) throw new Error(found.failure.what);
        trials += 1;
        if (found.value.suspects.join() !== String(culprit)) wrong += 1;
        // Nothing is below the first one that a failure could be hidden in.
        expect(found.value.doubt).toBeLessThanOrEqual(SURE * 1.01);
      }
    expect(trials).toBe(320);
    expect(wrong).toBeLessThanOrEqual(2);
  },
);

test('a good answer that was wrong is taken back before there is a verdict', async () => {
  const culprit = 5;
  let lied = false;
  const found = await search(chain(16), (node, sure) => {
    // The first look at 7 misses the failure.
    if (node === 7 && !sure && !lied) {
      lied = true;
      return Promise.resolve(ok({ verdict: 'good', doubt: 0.1 }));
    }
    return Promise.resolve(
      ok(node >= culprit ? { verdict: 'bad' } : { verdict: 'good', doubt: SURE }),
    );
  });
  expect(lied).toBe(true);
  expect(found).toMatchObject({ ok: true, value: { suspects: [culprit] } });
});

test('the runs wanted follow from the rate, and the rate from what was seen', () => {
  expect(rateOf({ runs: 3, failures: 3 })).toBe(0.9);
  expect(runsFor(0.9, SURE)).toBe(3);
  expect(runsFor(0.9, 0.1)).toBe(1);
  const rate = rateOf({ runs: 33, failures: 10 });
  expect(rate).toBeGreaterThan(0.18);
  expect(rate).toBeLessThan(0.3);
  expect(doubtAfter(rate, runsFor(rate, SURE))).toBeLessThanOrEqual(SURE);
  expect(doubtAfter(rate, runsFor(rate, SURE) - 1)).toBeGreaterThan(SURE);
});

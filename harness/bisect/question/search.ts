// SPDX-License-Identifier: MIT
import { ok, type Result } from '../../base/result.ts';

/**
 * What may hold the culprit, oldest first: each node's parents come before it,
 * and those that are known good are left out. The last one is known bad, and all
 * others are among its ancestors. Patches of a series are a chain; commits need
 * not be one.
 */
export type History = readonly { readonly parents: readonly number[] }[];

/** What is known of a node. `doubt` is the chance that a good one, which failed in none of its runs, is bad. */
export type NodeVerdict =
  { readonly verdict: 'good'; readonly doubt: number } | { readonly verdict: 'bad' | 'skip' };

/**
 * Puts the question to a node; with `sure` until its doubt is at most {@link SURE}. Fails
 * where no node can answer.
 */
export type Ask = (node: number, sure: boolean) => Promise<Result<NodeVerdict>>;

export interface Found {
  /** The culprit; or all candidates for it, oldest first, where the nodes between could not be asked. */
  readonly suspects: readonly number[];
  /** The chance that an older node is the culprit. */
  readonly doubt: number;
}

/** The doubt that a node may keep which was asked to be sure. */
export const SURE = 0.001;

/**
 * Halves what may hold the culprit until that is one node, or until nothing is
 * left that could be asked. Before it says which, it makes sure of the culprit's
 * parents: a failure there takes back a good answer, and the search goes on below.
 */
export const search = async (history: History, ask: Ask): Promise<Result<Found>> => {
  const verdicts = new Map<number, NodeVerdict>();
  const madeSure = new Set<number>();
  let bad = history.length - 1;
  for (;;) {
    const goods = [...verdicts.keys()].filter((node) => verdicts.get(node)?.verdict === 'good');
    const suspects = suspectsOf(history, bad, goods);
    const next = choose(history, suspects, bad, verdicts);
    if (next !== undefined) {
      const answer = await ask(next, false);
      if (!answer.ok) return answer;
      verdicts.set(next, answer.value);
      if (answer.value.verdict === 'bad') bad = next;
      continue;
    }
    const doubted = doubtedParents(history, suspects, verdicts);
    const parent = doubted.find(({ node, doubt }) => doubt > SURE && !madeSure.has(node));
    if (!parent) {
      // The chances of several parents are small: their sum is near enough.
      const doubt = doubted.reduce((sum, one) => sum + one.doubt, 0);
      return ok({ suspects, doubt });
    }
    madeSure.add(parent.node);
    const answer = await ask(parent.node, true);
    if (!answer.ok) return answer;
    if (answer.value.verdict === 'bad') {
      // The good answers of its descendants were wrong, too.
      for (const good of goods)
        if (ancestorsOf(history, good).has(parent.node)) verdicts.delete(good);
      verdicts.set(parent.node, answer.value);
      bad = parent.node;
    } else if (answer.value.verdict === 'good') {
      verdicts.set(parent.node, answer.value);
    }
  }
};

/** A node and all its ancestors. */
export const ancestorsOf = (history: History, node: number): ReadonlySet<number> => {
  const found = new Set([node]);
  for (const one of found) for (const parent of history[one]?.parents ?? []) found.add(parent);
  return found;
};

/** The nodes that may have brought the fault in: ancestors of the bad one, and of no good one. */
const suspectsOf = (history: History, bad: number, goods: readonly number[]): readonly number[] => {
  const innocent = new Set(goods.flatMap((good) => [...ancestorsOf(history, good)]));
  return [...ancestorsOf(history, bad)].filter((node) => !innocent.has(node)).sort((a, b) => a - b);
};

/**
 * Chooses the suspect whose answer leaves the fewest, whatever it is, as git-bisect does.
 * A node that could not be asked mostly has neighbours that cannot be asked either: the
 * search avoids them, and twice as many with each such node.
 */
const choose = (
  history: History,
  suspects: readonly number[],
  bad: number,
  verdicts: ReadonlyMap<number, NodeVerdict>,
): number | undefined => {
  const among = new Set(suspects);
  const weight = new Map<number, number>();
  for (const node of suspects) {
    const parents = (history[node]?.parents ?? []).filter((parent) => among.has(parent));
    const [only] = parents;
    // A chain needs no counting; where it meets another one, both hold what they share.
    weight.set(
      node,
      parents.length < 2
        ? (only === undefined ? 0 : (weight.get(only) ?? 0)) + 1
        : [...ancestorsOf(history, node)].filter((one) => among.has(one)).length,
    );
  }
  const indexOf = new Map(suspects.map((node, index) => [node, index]));
  const dead = suspects.flatMap((node) =>
    verdicts.get(node)?.verdict === 'skip' ? [indexOf.get(node) ?? 0] : [],
  );
  let best: number | undefined;
  let most = 0;
  for (const node of suspects) {
    if (node === bad || verdicts.has(node)) continue;
    const held = weight.get(node) ?? 0;
    const here = indexOf.get(node) ?? 0;
    const near = Math.min(...dead.map((other) => Math.abs(other - here)));
    const score = Math.min(held, suspects.length - held) * Math.min(1, near / 2 ** dead.length);
    if (score > most) [best, most] = [node, score];
  }
  return best;
};

/** The good parents of the suspects, each with the least doubt that any answer leaves of it. */
const doubtedParents = (
  history: History,
  suspects: readonly number[],
  verdicts: ReadonlyMap<number, NodeVerdict>,
): readonly { readonly node: number; readonly doubt: number }[] => {
  const among = new Set(suspects);
  const parents = new Set(
    suspects.flatMap((node) => history[node]?.parents ?? []).filter((node) => !among.has(node)),
  );
  const goods = [...verdicts].flatMap(([node, answer]) =>
    answer.verdict === 'good' ? [{ below: ancestorsOf(history, node), doubt: answer.doubt }] : [],
  );
  return [...parents].map((node) => ({
    node,
    doubt: Math.min(1, ...goods.filter(({ below }) => below.has(node)).map(({ doubt }) => doubt)),
  }));
};

// SPDX-License-Identifier: MIT
import type { Failure, Result } from '../base/result.ts';
import type { Prefix } from './prefix.ts';

/** What was found at one prefix. */
export interface Looked<Row, Handed> {
  readonly row: Row;
  /** What the next prefix has to know of this one and those before it. */
  readonly handed: Handed;
  /** No later prefix can be looked at. */
  readonly ends?: boolean;
}

/** How the prefixes of a series are walked. */
export interface PrefixWalk<Row, Handed> {
  readonly prefixes: readonly Prefix[];
  /** What the first prefix is given. */
  readonly first: Handed;
  /** Fails only where the environment does. */
  readonly look: (prefix: Prefix, before: Handed) => Promise<Result<Looked<Row, Handed>>>;
  /** The row of a prefix that the walk did not reach. */
  readonly notRun: (prefix: Prefix) => Row;
}

/** One row for every prefix, in order. */
export interface Walked<Row, Handed> {
  readonly rows: readonly Row[];
  /** What the last prefix handed on; undefined where the walk ended before it. */
  readonly last: Handed | undefined;
  /** The failure of the environment that ended the walk. */
  readonly stopped: Failure | undefined;
}

/**
 * Looks at the prefixes of a series in order. The walk ends where the environment fails,
 * or where `look` says that it does; the prefixes after that have not been run.
 */
export const walkPrefixes = async <Row, Handed>({
  prefixes,
  first,
  look,
  notRun,
}: PrefixWalk<Row, Handed>): Promise<Walked<Row, Handed>> => {
  const rows: Row[] = [];
  let handed = first;
  for (const [index, prefix] of prefixes.entries()) {
    const looked = await look(prefix, handed);
    if (!looked.ok)
      return {
        rows: [...rows, ...prefixes.slice(index).map(notRun)],
        last: undefined,
        stopped: looked.failure,
      };
    rows.push(looked.value.row);
    handed = looked.value.handed;
    const rest = prefixes.slice(index + 1);
    if (looked.value.ends && rest.length > 0)
      return { rows: [...rows, ...rest.map(notRun)], last: undefined, stopped: undefined };
  }
  return { rows, last: handed, stopped: undefined };
};

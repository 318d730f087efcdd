// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { fragmentsOf, type Fragments } from './configure.ts';
import type { Option } from './fragment.ts';
import { symbolsOf } from './symbols.ts';

/** The line of Linux that kbt is written for; base.config and what make is asked for hold there. */
export const WRITTEN_FOR = /^6\.12\./;

/** A source, as far as it matters here. */
interface Versioned {
  readonly version: string;
  readonly repository: string;
  readonly commit: string;
}

/**
 * The fragments without those options of base.config that a source of another
 * version does not know, with one warning that names them. What a series, a variant
 * or the user asks for stays, and must survive. An option that is off needs nobody
 * to know it.
 */
export const fitBase = async (
  context: Context,
  source: Versioned,
  fragments: Fragments,
  ofBase: readonly Option[],
): Promise<Fragments> => {
  const asked = ofBase.filter(({ value }) => value !== 'n');
  if (WRITTEN_FOR.test(source.version) || asked.length === 0) return fragments;
  const known = await symbolsOf(source);
  const unknown = asked.filter(({ name }) => !known.has(name));
  if (unknown.length === 0) return fragments;
  context.emit({
    type: 'warning',
    text: `Linux ${source.version} has none of these options of base.config, which are left out: ${unknown
      .map(({ name }) => name)
      .join(', ')}`,
  });
  const kept = fragments.options.filter((option) => !unknown.includes(option));
  return { ...fragments, ...fragmentsOf(kept) };
};

// SPDX-License-Identifier: MIT
import { InvalidArgumentError } from '@commander-js/extra-typings';
import { KINDS, type Kind } from '../base/cache/kinds.ts';
import type { Limit } from '../report/series/cost.ts';
import { SOURCES, type SourceName } from '../run/matrix/sources.ts';
import type { Shard } from '../run/schedule/shard.ts';

/** A whole number above 0. */
export const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value <= 0)
    throw new InvalidArgumentError('a whole number above 0 is wanted.');
  return value;
};

/** What is given once: of two the last one would win. */
export const once = (text: string, before: string | undefined): string => {
  if (before === undefined) return text;
  throw new InvalidArgumentError('it is given twice.');
};

/** A suite of KUnit, or SUITE.TEST, with `*` and `?`; it goes on the kernel's command line. */
export const kunitGlob = (text: string): string => {
  if (!/^[\w*?+-]+(?:\.[\w*?+-]+)?$/.test(text))
    throw new InvalidArgumentError('SUITE or SUITE.TEST is wanted, which may have * and ?.');
  return text;
};

/** Attributes of KUnit (Documentation/dev-tools/kunit/running_tips.rst): `speed>slow, module=x`. */
export const kunitFilter = (text: string): string => {
  if (!/^[\w-]+ *(?:[<>]=?|!?=) *[\w-]+(?: *, *[\w-]+ *(?:[<>]=?|!?=) *[\w-]+)*$/.test(text))
    throw new InvalidArgumentError('attributes like speed>slow are wanted, by commas.');
  return text;
};

/** A day: no deadline is longer, and timers beyond 24.8 days fire at once. */
export const seconds = (text: string): number => {
  const value = positive(text);
  if (value > 86_400) throw new InvalidArgumentError('at most 86400 seconds.');
  return value;
};

export const seed = (text: string): number => {
  if (!/^\d{1,9}$/.test(text))
    throw new InvalidArgumentError('a number of up to 9 digits is wanted.');
  return Number(text);
};

/** Names by commas; an unset variable of the shell's must not mean "none". */
export const list = (text: string, before: readonly string[] = []): readonly string[] => {
  const names = text.split(',');
  if (names.some((name) => !/^[A-Za-z0-9][\w.-]*$/.test(name)))
    throw new InvalidArgumentError('names by commas are wanted.');
  return [...before, ...names];
};

export const variable = (
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> => {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('NAME=VALUE is wanted.');
  return { ...before, [name]: value };
};

export const each = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  text,
];

/** Kinds of what the cache holds, by commas. */
export const kinds = (text: string): readonly Kind[] => {
  const names = text.split(',');
  const known = KINDS.filter((kind) => names.includes(kind));
  if (known.length !== names.length) throw new InvalidArgumentError(`of ${KINDS.join(', ')}.`);
  return known;
};

/** `2/4`: the second part of four. */
export const shard = (text: string): Shard => {
  const [, index, of] = /^([1-9]\d{0,2})\/([1-9]\d{0,2})$/.exec(text) ?? [];
  if (index === undefined || of === undefined || Number(index) > Number(of))
    throw new InvalidArgumentError('I/N is wanted, 1/4 to 4/4.');
  return { index: Number(index), of: Number(of) };
};

/** Sources of a matrix, by commas. */
export const sources = (text: string): readonly SourceName[] => {
  const names = text.split(',');
  const known = SOURCES.filter((source) => names.includes(source));
  if (known.length !== names.length) throw new InvalidArgumentError(`of ${SOURCES.join(', ')}.`);
  return known;
};

/** A whole number, 0 included. */
export const count = (text: string): number => {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('a whole number is wanted.');
  return Number(text);
};

/** 0 to 100, with a fraction. */
export const percentage = (text: string): number => {
  const value = Number(text);
  if (!/^\d{1,3}(?:\.\d+)?$/.test(text) || value > 100)
    throw new InvalidArgumentError('a number from 0 to 100 is wanted.');
  return value;
};

/** `NAME=N` instructions or `NAME=P%`. */
export const limit = (text: string, before: readonly Limit[] = []): readonly Limit[] => {
  const [, name, value, percent] = /^([^=]+)=(\d+(?:\.\d+)?)(%)?$/.exec(text) ?? [];
  if (name === undefined)
    throw new InvalidArgumentError('NAME=PERCENT% or NAME=INSTRUCTIONS is wanted.');
  return [...before, { name, value: Number(value), unit: percent ? '%' : 'instructions' }];
};

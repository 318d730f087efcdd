// SPDX-License-Identifier: MIT
import { printable } from '../base/process/lines.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Nothing in it would be changed; most of what is told is so. */
const PLAIN = /^[\t\n !#-%(-;=?-~]*$/;

/**
 * Text in HTML or XML, between tags or in an attribute, whatever a guest has put into
 * it: control characters become visible, and what no XML 1.0 document may hold a
 * replacement character. Lines stay lines.
 */
export const escaped = (raw: string): string =>
  PLAIN.test(raw)
    ? raw
    : raw
        .split('\n')
        .map((line) => printable(line))
        .join('\n')
        .replace(/[\p{Surrogate}\ufffe\uffff]/gu, '\ufffd')
        .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

/** An element; what is in it is markup already. Attributes without a value are left out. */
export const element = (
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  inner: string | readonly string[] = '',
): string => {
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  const head = [name, ...given.map(([key, value]) => `${key}="${escaped(String(value))}"`)];
  const body = typeof inner === 'string' ? inner : inner.join('\n');
  return `<${head.join(' ')}>${body}</${name}>`;
};

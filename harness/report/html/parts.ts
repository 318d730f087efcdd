// SPDX-License-Identifier: MIT
import { OUTCOMES, type Outcome } from '../../base/outcome.ts';
import { element, escaped } from '../markup.ts';

/** How an outcome is coloured; it is always written as well. */
export const stateOf = (outcome: Outcome): 'good' | 'skip' | 'bad' =>
  outcome === 'skip' ? 'skip' : OUTCOMES[outcome].tapOk ? 'good' : 'bad';

export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** A part of the page under a heading; nothing where there is nothing to show. */
export const section = (title: string, inner: readonly string[]): readonly string[] =>
  inner.length === 0 ? [] : [element('section', {}, [element('h2', {}, escaped(title)), ...inner])];

/** A table of text; the first column names the row. */
export const textTable = (
  caption: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string => {
  const cells = (row: readonly string[]): string =>
    row
      .map((text, index) =>
        index === 0
          ? element('th', { scope: 'row' }, escaped(text))
          : element('td', {}, escaped(text)),
      )
      .join('');
  const heads = head.map((text) =>
    text === '' ? '<td></td>' : element('th', { scope: 'col' }, escaped(text)),
  );
  // A region that scrolls has to be reached by the keyboard.
  return element('div', { class: 'wide', tabindex: 0, role: 'region', 'aria-label': caption }, [
    element('table', { 'aria-label': caption }, [
      element('thead', {}, element('tr', {}, heads.join(''))),
      element(
        'tbody',
        {},
        rows.map((row) => element('tr', {}, cells(row))),
      ),
    ]),
  ]);
};

/** Text that was printed, folded away. */
export const folded = (title: string, text: string, { open = false } = {}): string =>
  element('details', { open: open ? '' : undefined }, [
    element('summary', {}, escaped(title)),
    element('pre', { tabindex: 0 }, escaped(text)),
  ]);

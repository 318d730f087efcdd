// SPDX-License-Identifier: MIT
import { cell, code } from '../../harness/report/ci/markdown.ts';
import { titleOf, type Night, type Searched } from './issue.ts';

/** What stands above the cells in a night's summary, as GitHub's Markdown: what broke, and by what. */
export const renderNight = (
  searched: readonly Searched[],
  { revision, edited, notes, good }: Night,
  checks: readonly { readonly name: string; readonly good: boolean }[],
  exitCode: number,
): string =>
  [
    `## Night of ${code(revision.slice(0, 12))}${edited ? ', with uncommitted edits' : ''}`,
    '',
    good === undefined
      ? 'No green night before it is known.'
      : `Green before: ${code(good.slice(0, 12))}`,
    '',
    ...(searched.length === 0
      ? [
          exitCode === 0
            ? 'Nothing broke in the matrix.'
            : 'The machines failed: what did not run below has neither passed nor broken.',
        ]
      : ['| what broke | where | culprit |', '|---|---|---|', ...searched.map(lineOf)]),
    '',
    ...notes.map((note) => `- ${code(note)}`),
    ...checks.map((check) => `- ${check.good ? '✅' : '❌'} ${code(check.name)}`),
    '',
  ].join('\n');

const lineOf = (searched: Searched): string => {
  const { regression, search } = searched;
  const culprit =
    search.kind === 'none'
      ? (search.why[0] ?? '')
      : `${search.value.suspects.join(' or ')}${search.value.cure ? `; ${search.value.cure.verdict}` : ''}`;
  return `| ${[titleOf(searched), regression.cells.join(' '), culprit].map(cell).join(' | ')} |`;
};

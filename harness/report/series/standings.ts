// SPDX-License-Identifier: MIT
import { messageOf } from '../../series/patch/mail.ts';
import type { Outlook } from '../../series/rebase/outlook.ts';
import type { Standing } from '../../series/rebase/standing.ts';

/** How each patch stands to another source, a line each, and why one does not apply. */
export const renderStandings = async ({
  series,
  from,
  to,
  standings,
}: Outlook): Promise<readonly string[]> => {
  const subjects = await Promise.all(
    series.patches.map(async ({ mail, name }) => (await messageOf(mail, name)).subject),
  );
  const places = [from.source, to].map(({ version, tree }) => tree ?? version);
  return [
    `from ${places[0] ?? ''} to ${places[1] ?? ''}:`,
    ...standings.flatMap((standing, index) => {
      const number = String(index + 1).padStart(4);
      const [said, detail = ''] = inWords(standing);
      const more = detail === '' ? [] : detail.split('\n').map((line) => `        ${line}`);
      return [`${number}  ${subjects[index] ?? ''}: ${said}`, ...more];
    }),
  ];
};

const inWords = (standing: Standing): readonly [string, string?] => {
  switch (standing.kind) {
    case 'applies':
      return ['applies'];
    case 'moved':
      return [`applies, ${standing.lines} line${standing.lines === 1 ? '' : 's'} from its place`];
    case 'there':
      return [`is there already${standing.commit ? `: ${standing.commit.slice(0, 12)}` : ''}`];
    case 'part':
      return [`is there in part, ${standing.there} of ${standing.hunks} hunks`, standing.detail];
    case 'unclear':
      return [
        `fits ${standing.lines} lines from its place, and is there already ${standing.back} lines from it: look`,
      ];
    case 'conflict':
      return ['conflicts', standing.detail];
  }
};

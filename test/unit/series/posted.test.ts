// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import { choose, type Posted } from '../../../harness/series/posted/choose.ts';
import { parseSubject } from '../../../harness/series/posted/subject.ts';

test.for([
  ['[PATCH] mm: Add', { title: 'mm: Add', isReply: false, revision: 1 }],
  ['[PATCH v3 02/12] mm: Add', { title: 'mm: Add', revision: 3, number: 2, of: 12 }],
  ['[RFC PATCH net-next,v2 0/3] net', { title: 'net', revision: 2, number: 0, of: 3 }],
  ['[RFC][PATCHv4 1/1] x86: [not] a tag', { title: 'x86: [not] a tag', revision: 4, number: 1 }],
  ['[RESEND PATCH 5/7]\n mm:\n\tAdd', { title: 'mm: Add', revision: 1, number: 5, of: 7 }],
  ['Re: Re: [PATCH v2 1/2] mm', { title: 'mm', isReply: true, revision: 2, number: 1 }],
  ['AW: [PATCH 1/2] mm', { isReply: true }],
  ['[GIT PULL] mm for v6.12', { revision: 1, title: 'mm for v6.12' }],
  ['mm: no brackets', { title: 'mm: no brackets', revision: 1 }],
] as const)('%s says where in a series a mail is', ([text, expected]) => {
  expect(parseSubject(text)).toMatchObject(expected);
});

/** A mail: `v2 3/7`, and what it does; with `Re: ` before it a reply. */
const mail = (subject: string, changes?: string, answers: readonly string[] = []): Posted => ({
  ...parseSubject(subject.replace(/(v\d+ )?(\d+\/\d+)/, '[PATCH $1$2]')),
  changes,
  id: subject,
  answers,
});
const chosen = (mails: readonly Posted[], revision?: number) => {
  const found = choose(mails, revision, 'an mbox');
  if (!found.ok) throw new Error(found.failure.what);
  return found.value;
};
const titles = (mails: readonly Posted[], revision?: number) =>
  chosen(mails, revision).patches.map(({ changes }) => changes);

const FIRST = [mail('0/2 all'), mail('1/2 one', 'a'), mail('2/2 two', 'b')];
const SECOND = [mail('v2 2/2 two', 'B'), mail('v2 0/2 all'), mail('v2 1/2 one', 'A')];

test('the newest revision is taken, in the order of its numbers, and the choice is told', () => {
  const thread = [...FIRST, mail('Re: 1/2 one', 'quoted'), ...SECOND];
  expect(titles(thread)).toEqual(['A', 'B']);
  expect(titles(thread, 1)).toEqual(['a', 'b']);
  expect(chosen(thread).cover?.id).toBe('v2 0/2 all');
  expect(chosen(thread).notes).toEqual([
    'revision 2 is taken; there are 1, too (--revision)',
    '1 other mail passed over; trailers in replies are not taken',
  ]);
});

test('a patch that is sent again alone takes the place of the one that it answers', () => {
  const again = mail('v2 2/2 two', 'B', ['2/2 two']);
  expect(titles([...FIRST, again])).toEqual(['a', 'B']);
  expect(chosen([...FIRST, again]).notes).toContain('of revision 1 are 1');
});

test('patches without numbers keep their order; beside numbered ones they are none of the series', () => {
  expect(titles([mail('[PATCH] x', 'x'), mail('[PATCH] y', 'y')])).toEqual(['x', 'y']);
  const beside = [...FIRST, mail('[PATCH] mend it', 'c')];
  expect(titles(beside)).toEqual(['a', 'b']);
  expect(chosen(beside).notes).toEqual(['not taken, for it has no number: mend it']);
});

test('the same mail by two lists is one', () => {
  expect(titles([...FIRST, mail('1/2 one', 'a')])).toEqual(['a', 'b']);
});

test.for([
  [
    'a patch is missing',
    [mail('1/3 x', 'x'), mail('3/3 z', 'z')],
    'revision 1 has 3 patches; missing: 2',
  ],
  // It answers nothing: a mail of the second revision got lost.
  [
    'of the newest one is missing',
    [...FIRST, mail('v2 2/2 two', 'B')],
    'revision 2 has 2 patches; missing: 1',
  ],
  ['one is there twice', [...FIRST, mail('2/2 two', 'c')], 'twice, and differs'],
  ['two series', [...FIRST, mail('1/3 other', 'o')], 'patches of 2 and of 3'],
  ['a mail lost its patch', [mail('1/2 x', 'x'), mail('2/2 y')], 'mail 2/2'],
  ['no patch at all', [mail('Re: 1/2 x', 'x')], 'none of 1 mail holds a patch'],
  ['a number too many', [mail('1/1 x', 'x'), mail('2/1 y', 'y')], 'patch 2 of 1'],
] as const)('%s: no series is made of it', ([, mails, what]) => {
  const found = choose(mails, undefined, 'an mbox');
  expect(found.ok).toBe(false);
  if (!found.ok) expect(`${found.failure.kind}: ${found.failure.what}`).toMatch(`unbuildable: `);
  if (!found.ok) expect(found.failure.what).toContain(what);
});

test('a revision that is not there is an error of the person who asks', () => {
  const found = choose(FIRST, 2, 'an mbox');
  expect(found).toMatchObject({ ok: false, failure: { kind: 'usage', remedy: 'there are: 1' } });
});

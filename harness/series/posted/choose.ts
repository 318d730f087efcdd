// SPDX-License-Identifier: MIT
import { fail, ok, type Result } from '../../base/result.ts';
import type { Subject } from './subject.ts';

/** A mail, as far as it decides which patches a series has. */
export interface Posted extends Subject {
  /** sha256 over what it does to files; undefined where it changes none. */
  readonly changes: string | undefined;
  /** Its Message-Id, and those of the mails that it answers; without angle brackets. */
  readonly id: string | undefined;
  readonly answers: readonly string[];
}

/** The patches of one revision, in order, and what a person has to know of the choice. */
export interface Chosen<T> {
  readonly revision: number;
  readonly cover: T | undefined;
  readonly patches: readonly T[];
  readonly notes: readonly string[];
}

/** Whether a mail may be a patch: a reply quotes one, and a cover letter is none. */
export const mayBePatch = ({ isReply, number }: Subject): boolean => !isReply && number !== 0;

/**
 * The patches of the newest revision of a series, or of the one asked for, in the order of their
 * numbers. Where that one answers patches of the revision before and holds some alone, as when
 * one is sent again, the others are of the revision before. Fails with `unbuildable`, or `usage` for a revision that is not
 * there.
 */
export const choose = <T extends Posted>(
  mails: readonly T[],
  asked: number | undefined,
  where: string,
): Result<Chosen<T>> => {
  const refuse = (what: string, remedy: string) =>
    fail('unbuildable', what, { code: 'series-unreadable', where, remedy });
  const patches = mails.filter((mail) => mayBePatch(mail) && mail.changes !== undefined);
  const revisions = [...new Set(patches.map(({ revision }) => revision))].sort((a, b) => b - a);
  const revision = asked ?? revisions[0];
  if (revision === undefined)
    return refuse(
      `none of ${count(mails.length, 'mail')} holds a patch`,
      'give the mails of a series: b4 am -o - MESSAGE-ID, or t.mbox.gz of lore.kernel.org',
    );
  if (!revisions.includes(revision))
    return fail('usage', `there is no revision ${revision}`, {
      where,
      remedy: `there are: ${revisions.join(', ')}`,
    });
  const empty = mails.find(
    (mail) =>
      mayBePatch(mail) &&
      (mail.number ?? 0) > 0 &&
      mail.changes === undefined &&
      mail.revision === revision,
  );
  if (empty)
    return refuse(
      `mail ${empty.number}/${empty.of} of revision ${revision} holds no patch`,
      'get the thread again: an attachment may have been taken away',
    );
  const placed = placesOf(patches, revision);
  if (!placed.ok) return refuse(placed.failure.what, placed.failure.remedy ?? '');
  const { places, total, older, left } = placed.value;
  const missing = Array.from({ length: total }, (_, at) => at + 1).filter((n) => !places.has(n));
  if (missing.length > 0)
    return refuse(
      `revision ${revision} has ${total} patches; missing: ${missing.join(', ')}`,
      'get the whole thread: b4 mbox MESSAGE-ID, or t.mbox.gz of lore.kernel.org; what is there alone is a series in a directory with a list, the file series',
    );
  const cover = (of: number) =>
    mails.find((mail) => !mail.isReply && mail.number === 0 && mail.revision === of);
  const others = revisions.filter((one) => one !== revision);
  const covers = mails.filter(({ isReply, number }) => !isReply && number === 0).length;
  const passed = mails.length - covers - patches.length;
  const notes = [
    ...(others.length > 0
      ? [`revision ${revision} is taken; there are ${others.join(', ')}, too (--revision)`]
      : []),
    ...older.map(({ revision: from, numbers }) => `of revision ${from} are ${numbers.join(', ')}`),
    ...left.map((title) => `not taken, for it has no number: ${title}`),
    ...(passed > 0
      ? [`${count(passed, 'other mail')} passed over; trailers in replies are not taken`]
      : []),
  ];
  return ok({
    revision,
    cover: cover(revision) ?? older.map(({ revision: from }) => cover(from)).find(Boolean),
    patches: [...places].sort(([a], [b]) => a - b).map(([, mail]) => mail),
    notes,
  });
};

interface Places<T> {
  readonly places: ReadonlyMap<number, T>;
  readonly total: number;
  /** Which numbers are of an older revision. */
  readonly older: readonly { readonly revision: number; readonly numbers: readonly number[] }[];
  /** Titles of patches that are not of the series. */
  readonly left: readonly string[];
}

/** Which patch has which number; patches without numbers keep their order. */
const placesOf = <T extends Posted>(patches: readonly T[], revision: number): Result<Places<T>> => {
  const own = patches.filter((patch) => patch.revision === revision);
  const numbered = own.filter(({ number }) => number !== undefined);
  if (numbered.length === 0) {
    const places = new Map(own.map((patch, index) => [index + 1, patch]));
    return ok({ places, total: own.length, older: [], left: [] });
  }
  const totals = [...new Set(numbered.map(({ of }) => of ?? 0))];
  const [total = 0] = totals;
  if (totals.length > 1)
    return fail('unbuildable', `revision ${revision} has patches of ${totals.join(' and of ')}`, {
      remedy: 'give the mails of one series alone',
    });
  const places = new Map<number, T>();
  for (const patch of numbered) {
    const number = patch.number ?? 0;
    const there = places.get(number);
    if (there && there.changes !== patch.changes)
      return fail(
        'unbuildable',
        `patch ${number}/${total} of revision ${revision} is there twice, and differs`,
        {
          remedy: `take one away: "${there.title}" or "${patch.title}"`,
        },
      );
    if (number > total)
      return fail('unbuildable', `there is a patch ${number} of ${total}`, {
        remedy: 'look at the subjects of the mails',
      });
    places.set(number, patch);
  }
  const older = fillUp(places, total, patches, revision);
  const left = own.filter(({ number }) => number === undefined).map(({ title }) => title);
  return ok({ places, total, older, left });
};

/** Takes what a revision does not send again from those before it; gives what of which. */
const fillUp = <T extends Posted>(
  places: Map<number, T>,
  total: number,
  patches: readonly T[],
  revision: number,
): Places<T>['older'] => {
  const before = new Set(patches.filter((patch) => patch.revision < revision).map(({ id }) => id));
  const isAnswer = ({ answers }: T): boolean => answers.some((id) => before.has(id));
  // Else a mail of it is lost, and another's patch would take its place.
  if (![...places.values()].every(isAnswer)) return [];
  const older: { revision: number; numbers: number[] }[] = [];
  for (let from = revision - 1; from > 0 && places.size < total; from -= 1) {
    const numbers: number[] = [];
    for (const patch of patches) {
      const { number } = patch;
      if (patch.revision !== from || patch.of !== total || number === undefined) continue;
      if (places.has(number)) continue;
      places.set(number, patch);
      numbers.push(number);
    }
    if (numbers.length > 0) older.push({ revision: from, numbers });
  }
  return older;
};

const count = (number: number, what: string): string =>
  `${number} ${what}${number === 1 ? '' : 's'}`;

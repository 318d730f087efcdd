// SPDX-License-Identifier: MIT

/** What the subject of a mail says of its place in a series. */
export interface Subject {
  /** Without what stands in brackets before it. */
  readonly title: string;
  /** It begins with `Re:` or the like. */
  readonly isReply: boolean;
  /** 1 where it names none. */
  readonly revision: number;
  /** The N of `N/M`, 0 of a cover letter; undefined where it has no number. */
  readonly number: number | undefined;
  readonly of: number | undefined;
}

const REPLY = /^(?:re|aw|sv|antw|fwd?)(?:\[\d+\])?:\s*/i;
const BRACKETS = /^\[([^\]]*)\]\s*/;

/** Reads `Re: [PATCH net-next v3 02/12] net: Title`, whatever else its brackets hold: RFC, RESEND, trees. */
export const parseSubject = (text: string): Subject => {
  let rest = text.replace(/\s+/g, ' ').trim();
  const isReply = REPLY.test(rest);
  while (REPLY.test(rest)) rest = rest.replace(REPLY, '');
  const words: string[] = [];
  for (let found = BRACKETS.exec(rest); found; found = BRACKETS.exec(rest)) {
    words.push(...(found[1] ?? '').split(/[\s,]+/));
    rest = rest.slice(found[0].length);
  }
  const first = (pattern: RegExp): readonly (string | undefined)[] =>
    words.map((word) => pattern.exec(word)).find((found) => found !== null) ?? [];
  const [, revision] = first(/^(?:patch|rfc)?v(\d+)$/i);
  const [, number, of] = first(/^(?:patch)?(\d+)\/(\d+)$/i);
  return {
    title: rest,
    isReply,
    revision: Number(revision ?? 1),
    number: number === undefined ? undefined : Number(number),
    of: of === undefined ? undefined : Number(of),
  };
};

// SPDX-License-Identifier: MIT

/** A part of a text that is left out whole, or not at all. */
export interface Piece {
  readonly text: string;
  /** What is missing without it, in words of ours: `what failed in a program`. */
  readonly what: string;
  /** Others are left out before it. */
  readonly first?: boolean;
}

/** A piece of lines. */
export const pieceOf = (what: string, lines: readonly string[]): Piece => ({
  text: `${lines.join('\n')}\n`,
  what,
});

/** The word about what is left out takes at most so many bytes. */
const NOTE = 1024;

/**
 * The pieces that fit into so many bytes, in order; the first that does not fit is left
 * out, and smaller ones after it are not. What `note` makes of all that is left out,
 * `3 × what failed in a program`, is the end of the text.
 */
export const withinLimit = (
  pieces: readonly Piece[],
  limit: number,
  note: (leftOut: string) => string,
): string => {
  const sizes = new Map(pieces.map((piece) => [piece, Buffer.byteLength(piece.text)]));
  const whole = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  let room = whole <= limit ? whole : limit - NOTE;
  const kept = new Set<Piece>();
  const byRank = [...pieces.filter(({ first }) => first), ...pieces.filter(({ first }) => !first)];
  for (const piece of byRank) {
    const size = sizes.get(piece) ?? 0;
    if (size > room) continue;
    room -= size;
    kept.add(piece);
  }
  const text = pieces.filter((piece) => kept.has(piece)).map((piece) => piece.text);
  const counts = new Map<string, number>();
  for (const { what } of pieces.filter((piece) => !kept.has(piece)))
    counts.set(what, (counts.get(what) ?? 0) + 1);
  if (counts.size === 0) return text.join('');
  const leftOut = [...counts].map(([what, count]) => `${count} × ${what}`).join(', ');
  return [...text, note(leftOut)].join('');
};

/** The first so many lines, and how many there are besides. */
export const firstOf = (lines: readonly string[], most: number): readonly string[] =>
  lines.length <= most ? lines : [...lines.slice(0, most), `and ${lines.length - most} more`];

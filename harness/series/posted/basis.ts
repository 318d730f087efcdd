// SPDX-License-Identifier: MIT

/** What a series says that it is for, in words for a person; nothing of it is looked for. */
export const basisOf = (mails: readonly Buffer[]): readonly string[] => {
  const text = mails.map((mail) => mail.toString('latin1')).join('\n');
  const all = (pattern: RegExp): readonly string[] => [
    ...new Set([...text.matchAll(pattern)].map(([, value = '']) => value.trim())),
  ];
  // git-format-patch(1), "BASE TREE INFORMATION".
  const bases = all(/^base-commit: ([0-9a-f]{7,64})\s*$/gm);
  const patches = all(/^prerequisite-patch-id: ([0-9a-f]{7,64})\s*$/gm);
  const others = all(/^Depends-on: (.+)$/gim);
  return [
    ...bases.map(
      (commit) =>
        `it was posted for the commit ${commit.slice(0, 12)}, and is applied to the source at hand`,
    ),
    ...(patches.length > 0
      ? [
          `it was posted on top of ${patches.length} other ${patches.length === 1 ? 'patch' : 'patches'} (prerequisite-patch-id)`,
        ]
      : []),
    ...others.map((what) => `it says that it depends on ${what}`),
  ];
};

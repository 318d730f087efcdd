// SPDX-License-Identifier: MIT
import { dirname } from 'node:path';

/** What make reads wherever it is: a file of Kconfig's that is not there is an error. */
const EVERYWHERE = ['Kconfig*', 'Makefile*', 'Kbuild*'];

/** What is read as a whole: headers, scripts, and the programs that make builds for itself. */
const WHOLE = [
  ...['include', 'scripts', 'certs', 'usr', 'tools/build', 'tools/include', 'tools/lib'],
  ...['tools/objtool', 'tools/scripts', 'tools/arch', 'tools/bpf/resolve_btfids'],
];

/**
 * The patterns of a sparse checkout (git-sparse-checkout(1), "non-cone") with which a tree can be
 * built: of each directory that holds one of these files, relative to the tree, its own files.
 */
export const sparsePatterns = (
  files: Iterable<string>,
  architecture: string,
): readonly string[] => {
  const reached = new Set<string>();
  for (const file of files)
    for (let home = dirname(file); home !== '.'; home = dirname(home)) reached.add(home);
  const whole = [...WHOLE, `arch/${architecture}`];
  const isWhole = (home: string): boolean =>
    whole.some((one) => home === one || home.startsWith(`${one}/`));
  const homes = [...reached].filter((home) => !isWhole(home)).sort();
  return [
    ...['/*', '!/*/'],
    // Of two patterns the last one counts: what lies deeper comes later.
    ...homes.flatMap((home) => [`/${home}/`, `!/${home}/*/`]),
    ...whole.map((home) => `/${home}/`),
    ...EVERYWHERE,
  ];
};

// SPDX-License-Identifier: MIT

/** Files that are a part of every series' kernels and guests. */
const COMMON = [
  /^kernel-patches\/(pin\.json|base\.config|matrix\.yaml|variants\/)/,
  /^guest\/(init|include|programs\/base|probes\/(base|init\.c))/,
];

/**
 * Of the series of a repository those that some changed files touch: their patches, their
 * programs, their probes. What all share touches all.
 */
export const touchedSeries = (
  changed: readonly string[],
  all: readonly string[],
): readonly string[] => {
  if (changed.some((file) => COMMON.some((common) => common.test(file)))) return all;
  return all.filter((name) =>
    ['kernel-patches', 'guest/programs', 'guest/probes'].some((home) =>
      changed.some((file) => file.startsWith(`${home}/${name}/`)),
    ),
  );
};

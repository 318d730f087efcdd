// SPDX-License-Identifier: MIT

/** The options by which every command is told its series. */
export interface SeriesOptions {
  readonly series?: readonly string[];
  readonly seriesDir?: readonly string[];
}

/**
 * What the options ask for: the only series of the project, undefined, unless others are
 * named; `none` stands for no series at all. What is tested in
 * place of the pinned source, `own`, has none unless it is named.
 */
export const seriesWanted = ({ series, seriesDir = [] }: SeriesOptions, own = false) => ({
  series: series
    ? series.filter((name) => name !== 'none')
    : seriesDir.length > 0 || own
      ? []
      : undefined,
  seriesDirectories: seriesDir,
});

// SPDX-License-Identifier: MIT

/** The options by which every command is told its series. */
export interface SeriesOptions {
  readonly series?: readonly string[];
  readonly seriesDir?: readonly string[];
}

/** The series of this repository, unless others are named. */
export const DEFAULT_SERIES = 'synos';

/**
 * What the options ask for; `none` stands for no series at all. What is tested in
 * place of the pinned source, `own`, has none unless it is named.
 */
export const seriesWanted = ({ series, seriesDir = [] }: SeriesOptions, own = false) => ({
  series: series
    ? series.filter((name) => name !== 'none')
    : seriesDir.length > 0 || own
      ? []
      : [DEFAULT_SERIES],
  seriesDirectories: seriesDir,
});

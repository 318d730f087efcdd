// SPDX-License-Identifier: MIT
import { checkSeries } from '../check/check-series.ts';
import { walkSeries, type SeriesWalkOptions } from './series-walk.ts';

export const checkSeriesCommand = (
  name: string | undefined,
  options: SeriesWalkOptions,
): Promise<number> => walkSeries(name === undefined ? undefined : [name], options, checkSeries);

// SPDX-License-Identifier: MIT
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { checkSeries } from '../../check/check-series.ts';
import type { OutputFiles } from '../results/rendering-options.ts';
import { walkSeries } from './series-walk.ts';

export const checkSeriesCommand = (
  name: string | undefined,
  options: OutputFiles,
  command: CommandUnknownOpts,
): Promise<number> => walkSeries(name, options, command, checkSeries);

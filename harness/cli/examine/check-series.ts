// SPDX-License-Identifier: MIT
import { checkSeries } from '../../check/check-series.ts';
import type { Invocation } from '../invocation.ts';
import type { OutputFiles } from '../results/rendering-options.ts';
import { walkSeries } from './series-walk.ts';

export const checkSeriesCommand = (
  name: string | undefined,
  options: OutputFiles,
  invocation: Invocation,
): Promise<number> => walkSeries(invocation, options, { name, work: checkSeries });

// SPDX-License-Identifier: MIT
import type { Workbench } from '../workbench.ts';
import { names } from './names.ts';
import { reports } from './reports.ts';
import { series } from './series.ts';

/** What grows: results of a run, programs of a plan, patches of a series. */
export const scale = async (bench: Workbench): Promise<void> => {
  await reports(bench);
  await series(bench);
  await names(bench);
};

// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { plantSeries } from '../../test/support/planted.ts';
import { fileOfSource, ROOT, unseen, type Workbench } from './workbench.ts';

const STEPS = 16;
/** Takes minutes each. */
const RUNS = 3;

/** What a search over 16 patches costs, in cycles of an incremental make and a run. */
export const search = async ({ figures, scratch, kbt }: Workbench): Promise<void> => {
  const makefile = await fileOfSource('fs/proc/Makefile');
  let count = 0;
  /** A series that no store has seen, with a test that fails from the eleventh patch on. */
  const plant = async (): Promise<readonly string[]> => {
    const series = join(scratch, `${++count}`, 'planted');
    await plantSeries(series, { steps: STEPS, planted: { 11: 'fails' }, makefile, salt: unseen() });
    const programs = join(ROOT, 'test/faults/steps');
    return ['--series-dir', series, '--test-dir', programs, '--tests', 'steps'];
  };
  // The tree and the source without the series are there, as they are for a developer.
  const stepwise = await plant();
  await kbt('boot-test', ...stepwise, '--patches', '1');
  const cycle = await figures.seconds('a patch more: make, boot, a program', (run) =>
    kbt('boot-test', ...stepwise, '--patches', String(run + 2)),
  );
  const timed = async (name: string, command: string, goal: number): Promise<void> => {
    const seconds = await figures.seconds(
      name,
      async () => {
        const about = await plant();
        const began = performance.now();
        await kbt(command, ...about);
        return (performance.now() - began) / 1000;
      },
      { runs: RUNS },
    );
    figures.ratio('  the same, in such cycles', seconds / cycle, goal);
  };
  await timed('bisect over 16 patches', 'bisect', 1.3 * (5 + 2));
  await timed('verify-series of 16 patches', 'verify-series', 1.3 * (STEPS + 1));
};

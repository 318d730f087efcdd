// SPDX-License-Identifier: MIT
import type { Command } from '@commander-js/extra-typings';
import type { Act } from '../invocation.ts';
import { each, limit, percentage, positive } from '../arguments.ts';
import type { CostOptions } from './cost.ts';
import type { CoverageOptions } from './coverage.ts';
import { testing } from '../options/groups.ts';
import { PATCHES } from '../options/kernel.ts';
import { JOBS } from '../options/policy.ts';
import { output } from '../results/rendering-options.ts';

/** The commands that measure a series. */
export const addMeasures = (kbt: Command, act: Act): void => {
  kbt.addCommand(
    output(testing('coverage', [JOBS]))
      .copyInheritedSettings(kbt)
      .description('which lines that a series adds did no program run?')
      .option('--min <percent>', 'fail where fewer of the added lines ran', percentage, 0)
      .option('--count <file>', 'count in this C file of the tree as well (repeatable)', each)
      .option('--html <file>', 'write the sources here, marked')
      .option('--lcov <file>', 'write what ran here in the form of lcov')
      .addHelpText(
        'after',
        `
The C files that a series touches are compiled with gcov, and no others; its tests
are not counted. What boots and what a program ran before its guest died counts.`,
      )
      .action((options: CoverageOptions, command) =>
        act(command, async (invocation) => {
          const { coverageCommand } = await import('./coverage.ts');
          return coverageCommand(options, invocation);
        }),
      ),
  );

  kbt.addCommand(
    output(testing('cost', [PATCHES]))
      .copyInheritedSettings(kbt)
      .description('what does a series cost? guest instructions without it and with it, exactly')
      .option(
        '--max <name=limit>',
        'fail where it grows by more: getppid=0.1%, or =5 (repeatable)',
        limit,
      )
      .option('--probe-dir <dir>', 'a directory of more probes, C (repeatable)', each)
      .option('--runs <n>', 'boot each kernel so often: all runs must agree', positive, 2)
      .addHelpText(
        'after',
        `
Both kernels are booted under QEMU's -icount, where time is instructions: one
processor, no network, nothing of the host's time, the same figures on any machine.
Of each probe of guest/probes/ the cheapest of 100 tries counts, less an empty one.
A difference is taken apart by function.`,
      )
      .action((options: CostOptions, command) =>
        act(command, async (invocation) => {
          const { costCommand } = await import('./cost.ts');
          return costCommand(options, invocation);
        }),
      ),
  );
};

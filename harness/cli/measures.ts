// SPDX-License-Identifier: MIT
import type { Command } from '@commander-js/extra-typings';
import { each, percentage, positive } from './arguments.ts';
import type { CoverageOptions } from './coverage.ts';
import { testing } from './testing-options.ts';

/** The commands that measure a series. */
export const addMeasures = (kbt: Command, setExitCode: (code: number) => void): void => {
  kbt.addCommand(
    testing('coverage')
      .copyInheritedSettings(kbt)
      .description('which lines that a series adds did no program run?')
      .option('--min <percent>', 'fail where fewer of the added lines ran', percentage, 0)
      .option('--count <file>', 'count in this C file of the tree as well (repeatable)', each)
      .option('--jobs <n>', 'at most so many VMs at once', positive, 1)
      .option('--html <file>', 'write the sources here, marked')
      .option('--lcov <file>', 'write what ran here in the form of lcov')
      .addHelpText(
        'after',
        `
The C files that a series touches are compiled with gcov, and no others; its tests
are not counted. What boots and what a program ran before its guest died counts.`,
      )
      .action(async (options: CoverageOptions) => {
        const { coverageCommand } = await import('./coverage.ts');
        setExitCode(await coverageCommand(options));
      }),
  );
};

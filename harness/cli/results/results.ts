// SPDX-License-Identifier: MIT
import { Command } from '@commander-js/extra-typings';
import type { Act } from '../invocation.ts';
import type { MergeOptions } from './merge.ts';
import { output, rendering } from './rendering-options.ts';
import type { ReportOptions } from './report.ts';

/** The commands about results that are there. */
export const addResults = (kbt: Command, act: Act): void => {
  kbt.addCommand(
    rendering(new Command('report'))
      .copyInheritedSettings(kbt)
      .description('render results of boot-test and matrix in other forms')
      .argument(
        '[results...]',
        'directories below results/, or files that --json wrote (the newest run)',
      )
      .option('--tap <file>', 'write TAP 14 here')
      .option('--coverage <file>', 'of --html: what kbt coverage wrote with --json')
      .option('--cost <file>', 'of --html: what kbt cost wrote with --json')
      .option('--schema', 'print the JSON schema of a result.json, and nothing else', false)
      .addHelpText(
        'after',
        `
What is no result of a run is passed over with a word. Exits with 0 once all is
written, whatever the runs came to.`,
      )
      .action((results: readonly string[], options: ReportOptions, command) =>
        act(command, async (invocation) => {
          const { reportCommand } = await import('./report.ts');
          return reportCommand(results, options, invocation);
        }),
      ),
  );

  kbt.addCommand(
    output(rendering(new Command('merge')))
      .copyInheritedSettings(kbt)
      .description('put the shards of a run together; TAP on stdout')
      .argument('<results...>', 'the results of all shards of one boot-test')
      .addHelpText(
        'after',
        `
Refuses shards of different runs, and a set in which one is missing or there twice.
The exit code is that of the whole run, as if it had been run in one place.`,
      )
      .action((results: readonly string[], options: MergeOptions, command) =>
        act(command, async (invocation) => {
          const { mergeCommand } = await import('./merge.ts');
          return mergeCommand(results, options, invocation);
        }),
      ),
  );
};

// SPDX-License-Identifier: MIT
import type { Command } from '@commander-js/extra-typings';
import type { Act } from '../invocation.ts';
import { count, positive } from '../arguments.ts';
import type { BisectOptions } from './bisect.ts';
import type { CompareOptions } from './compare.ts';
import type { QuestionOptions } from './question-option.ts';
import { testing } from '../options/groups.ts';
import type { DryRunOption } from '../dry-run.ts';
import { foreseeing, output, type OutputFiles } from '../results/rendering-options.ts';

/** A command with all options of a question, besides those of testing. */
const asking = (name: string) =>
  output(testing(name))
    .option('--test <name>', 'does this program fail? PROGRAM/RESULT for one result of it')
    .option('--report <fingerprint>', 'does this kernel report come?')
    .option('--boot', 'does it fail to boot?')
    .option('--build', 'does it fail to build?')
    .option('--warning [text]', 'does the compiler warn anew, in these words?')
    .option('--run <cmd>', 'does this shell command fail? (0 good, 125 neither, else bad)');

/** The commands that look which patch, commit or option something comes from. */
export const addSearches = (kbt: Command, act: Act): void => {
  kbt.addCommand(
    foreseeing(asking('bisect'))
      .copyInheritedSettings(kbt)
      .description('find the patch, the commit or the line of configuration that broke something')
      .option('--good <place>', 'a patch, or so many, with which all is well (0); else a revision')
      .option('--bad <place>', 'likewise, with which it is not (all of them; else HEAD)')
      .option('--history', 'search the commits of this repository that change the series', false)
      .option('--good-config <file>', 'search the lines in which two .configs or fragments differ')
      .option('--bad-config <file>', 'the one that fails')
      .option('--cost <probe>', 'does this probe of kbt cost take more instructions?')
      .option('--over <n>', 'more than so many above the good end (0)', count)
      .option(
        '--runs <n>',
        'run each state so often (else: as its rate of failure asks for)',
        positive,
      )
      .option('--fresh', 'forget what an interrupted search of the same has found out', false)
      .addHelpText(
        'after',
        `
Without a question the first thing that is wrong at the bad end is searched for.
Both ends are verified first. What cannot be built, or fails in another way, is
passed over. The culprit is taken out in the end, and the test runs again. An
interrupted search goes on where it was when it is asked for again.

--run has KBT_KERNEL, KBT_VMLINUX, KBT_CONFIG and KBT_LABEL in its environment.
Exit code 0: one culprit was found, and taking it out did not contradict.`,
      )
      .action((options: BisectOptions, command) =>
        act(command, async (invocation) => {
          const { bisectCommand } = await import('./bisect.ts');
          return bisectCommand(options, invocation);
        }),
      ),
  );

  kbt.addCommand(
    asking('bisect-step')
      .copyInheritedSettings(kbt)
      .description("one step of git's own bisect: git bisect run npx kbt bisect-step --test NAME")
      .addHelpText(
        'after',
        `
Builds and tests the tree in the current directory, or --tree, as it stands. Exit
codes: 0 good, 1 bad, 125 neither (it does not build, or fails in another way), 255
where git shall stop: wrong usage, a missing tool, no space.`,
      )
      .action((options: QuestionOptions, command) =>
        act(command, async (invocation) => {
          const { bisectStepCommand } = await import('./bisect-step.ts');
          return bisectStepCommand(options, invocation);
        }),
      ),
  );

  kbt.addCommand(
    foreseeing(output(testing('verify-series')))
      .copyInheritedSettings(kbt)
      .description('build, boot and test a series after each of its patches')
      .addHelpText(
        'after',
        `
A line a patch: builds, warnings added, boots, tests that pass, that begin to pass
or to fail with it, kernel reports that begin with it. A patch that leaves the kernel
image as it was is not booted again. All prefixes run the same programs, those of the
whole series.`,
      )
      .action((options: OutputFiles & DryRunOption, command) =>
        act(command, async (invocation) => {
          const { verifySeriesCommand } = await import('../examine/verify-series.ts');
          return verifySeriesCommand(options, invocation);
        }),
      ),
  );

  kbt.addCommand(
    output(testing('compare'))
      .copyInheritedSettings(kbt)
      .description('run the same programs with a series and without: what got worse?')
      .option(
        '--base <rev>',
        'a revision: of --tree (HEAD), or of this repository, as it had the series',
      )
      .addHelpText(
        'after',
        `
What regressed, began to pass, fails still, new kernel reports, new warnings. A test
that fails on the base as well does not count: exit code 0 says nothing got worse.`,
      )
      .action((options: CompareOptions, command) =>
        act(command, async (invocation) => {
          const { compareCommand } = await import('./compare.ts');
          return compareCommand(options, invocation);
        }),
      ),
  );
};

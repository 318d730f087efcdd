// SPDX-License-Identifier: MIT
import type { Command } from '@commander-js/extra-typings';
import { positive } from '../arguments.ts';
import type { Act } from '../invocation.ts';
import { withOptions } from '../options/declare.ts';
import { FROZEN, NEWEST, SOURCE, TREE } from '../options/kernel.ts';

/** The commands by which a series begins or comes in, is edited in git, and goes back into files. */
export const addSeries = (kbt: Command, act: Act): void => {
  const series = kbt
    .command('series')
    .description('begin a series, or bring in one that was posted; edit its patches in git');

  series
    .command('list')
    .description('the series below kernel-patches/')
    .action((_options, command) =>
      act(command, async (invocation) => {
        const { listCommand } = await import('./list.ts');
        return listCommand(invocation);
      }),
    );

  series
    .command('show')
    .description('the patches, options, suites and programs of a series, and its checkout')
    .argument('<name>', 'a series below kernel-patches/')
    .action((name, _options, command) =>
      act(command, async (invocation) => {
        const { showCommand } = await import('./list.ts');
        return showCommand(name, invocation);
      }),
    );

  series
    .command('new')
    .description('begin a series: its files, and a program that fails until it tests something')
    .argument('<name>', 'letters, digits, and between them . _ -')
    .action((name, _options, command) =>
      act(command, async (invocation) => {
        const { newCommand } = await import('./new.ts');
        return newCommand(name, invocation);
      }),
    );

  series
    .command('import')
    .description('write a series that was posted below kernel-patches/, a patch a file')
    .argument('<files...>', 'mails, mailboxes, directories of them, "-" for stdin')
    .option('--name <name>', 'of the series (made of its title)')
    .option('--revision <n>', 'of several in the files (the newest)', positive)
    .action((files, options, command) =>
      act(command, async (invocation) => {
        const { importCommand } = await import('./import.ts');
        return importCommand(files, options, invocation);
      }),
    );

  withOptions(series.command('checkout'), [SOURCE, FROZEN])
    .description('make a clone of the source with a commit a patch')
    .argument('<name>', 'a series below kernel-patches/')
    .argument('[dir]', 'where (linux-NAME)')
    .option('--sparse', 'only the files that its build is made of', false)
    .action((name, directory, options, command) =>
      act(command, async (invocation) => {
        const { checkoutCommand } = await import('./checkout.ts');
        return checkoutCommand({ name, directory }, options, invocation);
      }),
    );

  withOptions(series.command('compile-commands'), [SOURCE, FROZEN])
    .description("write compile_commands.json of its build, for an editor's language server")
    .argument('<name>', 'a series below kernel-patches/')
    .argument('[dir]', 'its checkout (the last one that was made)')
    .action((name, directory, _options, command) =>
      act(command, async (invocation) => {
        const { compileCommandsCommand } = await import('./checkout.ts');
        return compileCommandsCommand({ name, directory }, invocation);
      }),
    );

  withOptions(series.command('rebase'), [SOURCE, NEWEST, TREE, FROZEN])
    .description('tell how each patch stands to another source, and put the branch there')
    .argument('<name>', 'a series below kernel-patches/')
    .argument('[dir]', 'its checkout, made where there is none (linux-NAME)')
    .option('--onto <rev>', 'of --tree this revision (HEAD)')
    .option('-n, --dry-run', 'tell, and touch nothing', false)
    .addHelpText(
      'after',
      `
Without --source, --newest or --tree the other source is the pinned one: the pin has
moved. A patch that is there already is left out; at a conflict the checkout is as
\`git am --3way\` leaves it. The files of the series change by kbt series export alone.`,
    )
    .action((name, directory, options, command) =>
      act(command, async (invocation) => {
        const { rebaseCommand } = await import('./rebase.ts');
        return rebaseCommand({ name, directory }, options, invocation);
      }),
    );

  withOptions(series.command('export'), [SOURCE, TREE, FROZEN])
    .description('write the commits of a checkout back into the files of its series')
    .argument('<name>', 'a series below kernel-patches/')
    .argument('[dir]', 'its checkout (the last one that was made)')
    .action((name, directory, _options, command) =>
      act(command, async (invocation) => {
        const { exportCommand } = await import('./checkout.ts');
        return exportCommand({ name, directory }, invocation);
      }),
    );
};

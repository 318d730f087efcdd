// SPDX-License-Identifier: MIT
import { Argument, type Command } from '@commander-js/extra-typings';
import { positive } from '../arguments.ts';
import type { Act } from '../invocation.ts';
import { withOptions } from '../options/declare.ts';
import { FROZEN, SOURCE } from '../options/kernel.ts';

/** What can be done to a series besides testing it. */
const WHAT = ['import', 'checkout', 'export'] as const;

/** The command by which series come in, are edited in git, and go back into files. */
export const addSeries = (kbt: Command, act: Act): void => {
  withOptions(kbt.command('series'), [SOURCE, FROZEN])
    .description('bring in a series that was posted; edit the patches of one in git')
    .addArgument(new Argument('<what>', 'what is done').choices(WHAT))
    .argument('<words...>', 'of import files, of checkout and export NAME [DIR]')
    .option('--name <name>', 'of what is imported (made of its title)')
    .option('--revision <n>', 'of what is imported (the newest)', positive)
    .addHelpText(
      'after',
      `
kbt series import FILES...       writes a series that was posted below kernel-patches/,
                                 a patch a file: of mails, mailboxes, directories of
                                 them, "-" for stdin
kbt series checkout NAME [DIR]   makes a clone with a commit a patch (linux-NAME)
kbt series export NAME [DIR]     writes the commits of it back into the files`,
    )
    .action((what, words, options, command) =>
      act(command, async (invocation) => {
        const { importCommand } = await import('./import.ts');
        if (what === 'import') return importCommand(words, options, invocation);
        const { checkoutCommand, exportCommand } = await import('./checkout.ts');
        return (what === 'checkout' ? checkoutCommand : exportCommand)(words, invocation);
      }),
    );
};

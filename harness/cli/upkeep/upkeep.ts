// SPDX-License-Identifier: MIT
import { Argument, type Command } from '@commander-js/extra-typings';
import type { Act } from '../invocation.ts';
import { kinds, positive } from '../arguments.ts';

/** The commands about kbt itself, the machine and the cache. */
export const addUpkeep = (kbt: Command, act: Act): void => {
  kbt
    .command('completion')
    .description('print the script for shell completion')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish'] as const))
    .action(async (shell) => {
      const { renderCompletion } = await import('../manual/completion.ts');
      const { describeProgram } = await import('../manual/describe.ts');
      process.stdout.write(renderCompletion(describeProgram(kbt), shell));
    });

  kbt
    .command('man')
    .description('print the manual page: kbt man | man -l -')
    .option('--markdown', 'print the reference of the repository, REFERENCE.md, instead', false)
    .action(async ({ markdown }) => {
      const { describeProgram } = await import('../manual/describe.ts');
      if (markdown) {
        const { renderReference } = await import('../manual/reference.ts');
        process.stdout.write(renderReference(describeProgram(kbt)));
        return;
      }
      const { renderMan } = await import('../manual/man.ts');
      const { ownVersion } = await import('./version.ts');
      process.stdout.write(renderMan(describeProgram(kbt), await ownVersion()));
    });

  kbt
    .command('doctor')
    .description('what is there, what is missing, and the remedy for each')
    .action((_options, command) =>
      act(command, async (invocation) => {
        const { doctorCommand } = await import('./doctor.ts');
        return doctorCommand(invocation);
      }),
    );

  kbt
    .command('pin')
    .description('where the pin stands; --update moves it to the newest 6.12.y on offer')
    .option('--update', 'move the pin and record digests', false)
    .action((options, command) =>
      act(command, async (invocation) => {
        const { pinCommand } = await import('./pin.ts');
        return pinCommand(options, invocation);
      }),
    );

  kbt
    .command('config')
    .description("what kbt.yaml says: the project's on top of the one in ~/.config/kbt")
    .option('--schema', 'print the JSON schema of kbt.yaml, and nothing else', false)
    .action((options, command) =>
      act(command, async (invocation) => {
        const { configCommand } = await import('./config-command.ts');
        return configCommand(options, invocation);
      }),
    );

  kbt
    .command('cache')
    .description('what the cache holds, what for, and how often it had what was asked; or push')
    .addArgument(
      new Argument('[push]', 'send its kernels to KBT_REMOTE').choices(['push'] as const),
    )
    .argument('[kernels...]', 'of those to push only these, by how their fingerprints begin')
    .addHelpText(
      'after',
      `
kbt cache push sends the kernels of the cache to the server of KBT_REMOTE by PUT,
signed by the key in the file KBT_REMOTE_KEY. It builds nothing, and is to run where
nothing is built: whoever can read the key can sign any kernel.`,
    )
    .action((push, kernels, _options, command) =>
      act(command, async (invocation) => {
        if (push !== undefined) {
          const { cachePushCommand } = await import('./cache-push.ts');
          return cachePushCommand(kernels, invocation);
        }
        const { cacheCommand } = await import('./cache.ts');
        return cacheCommand(invocation);
      }),
    );

  kbt
    .command('clean')
    .description('remove the caches and results, but nothing that a run uses')
    .option('--kind <names>', 'only these, see kbt cache: kernels,trees', kinds)
    .option('--older-than <days>', 'only what was not used for so long', positive)
    .option('--to <gib>', 'only the least recently used, down to this size', positive)
    .option('-n, --dry-run', 'say what would be removed, and remove nothing', false)
    .action((options, command) =>
      act(command, async (invocation) => {
        const { cleanCommand } = await import('./clean.ts');
        return cleanCommand(options, invocation);
      }),
    );
};

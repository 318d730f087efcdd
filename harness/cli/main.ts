// SPDX-License-Identifier: MIT
import { performance } from 'node:perf_hooks';
import { CommanderError } from '@commander-js/extra-typings';
import { checkHost } from '../arch/host.ts';
import { exitCodeOf, type Failure } from '../base/result.ts';
import { invocationOf } from './invocation.ts';
import { program } from './program.ts';

/** Runs the command line; gives the exit code. The one edge where exceptions end. */
export const main = async (argv: readonly string[]): Promise<number> => {
  let code = 0;
  // A closed pipe or a full disk needs no stack trace; but what could not be
  // delivered is never a success. Whatever runs is killed by the exit hook.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', () => process.exit(exitCodeOf('environment')));
  try {
    if (argv.includes('--version') || argv[0] === '-V') {
      const { versionCommand } = await import('./upkeep/version.ts');
      return await versionCommand();
    }
    const host = checkHost();
    if (!host.ok) return await refuse(host.failure);
    await program(async (command, work) => {
      const invocation = await invocationOf(command, process.env);
      if (!invocation.ok) {
        code = await refuse(invocation.failure);
        return;
      }
      const began = performance.now();
      code = await work(invocation.value);
      const told = invocation.value.env['KBT_NOTIFY'];
      if (!told) return;
      const { notify } = await import('./upkeep/notify.ts');
      await notify(told, {
        command: argv.join(' '),
        code,
        milliseconds: performance.now() - began,
      });
    }).parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodeOf('usage');
    // Loaded only now: --help has to be quick.
    const { systemFailure } = await import('../base/cache/store.ts');
    const failure = systemFailure(error);
    if (failure) return await refuse(failure);
    process.stderr.write(`kbt: a bug in the harness: ${(error as Error).stack ?? String(error)}\n`);
    return exitCodeOf('environment');
  }
};

const refuse = async (failure: Failure): Promise<number> => {
  const { renderFailure } = await import('../report/terminal/failure.ts');
  process.stderr.write(`${renderFailure(failure)}\n`);
  return exitCodeOf(failure.kind);
};

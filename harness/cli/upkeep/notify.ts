// SPDX-License-Identifier: MIT
import { run } from '../../base/process/process.ts';
import { printable } from '../../base/process/lines.ts';

/** Nobody has looked away before. */
const LEAST_MS = 10_000;

/** How a command of kbt ended. */
export interface CommandEnd {
  readonly command: string;
  readonly code: number;
  readonly milliseconds: number;
}

/**
 * Runs the command of KBT_NOTIFY by the shell once a command of kbt is over that took its
 * time, with KBT_COMMAND, KBT_EXIT_CODE and KBT_SECONDS in its environment. What goes wrong
 * with it is a word on stderr, and changes no exit code.
 */
export const notify = async (
  told: string,
  { command, code, milliseconds }: CommandEnd,
): Promise<void> => {
  if (milliseconds < LEAST_MS) return;
  const ended = await run({
    argv: ['sh', '-c', told],
    env: {
      KBT_COMMAND: command,
      KBT_EXIT_CODE: String(code),
      KBT_SECONDS: String(Math.round(milliseconds / 1000)),
    },
    timeout: 30,
  });
  if (ended.code !== 0)
    process.stderr.write(
      `  ! KBT_NOTIFY failed: ${ended.tail.slice(-1).map(printable).join('')}\n`,
    );
};

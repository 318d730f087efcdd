// SPDX-License-Identifier: MIT
import type { Command, OptionValues } from '@commander-js/extra-typings';

/** The files that the result of every command can be written to. */
export interface OutputFiles {
  readonly tap?: string;
  readonly json?: string;
}

/** A command with both of {@link OutputFiles}. */
export const output = <A extends unknown[], O extends OptionValues>(command: Command<A, O>) =>
  command
    .option('--tap <file>', 'write the TAP here as well')
    .option('--json <file>', 'write the result here as well');

/** The forms of a result besides TAP and JSON, and the files that they go to. */
export interface RenderingOptions extends OutputFiles {
  readonly html?: string;
  readonly junit?: string;
  readonly mail?: string;
  readonly summary?: string;
  readonly annotations?: string;
  readonly kcidb?: string;
  readonly origin: string;
  readonly filesUrl?: string;
}

/** A command with all of {@link RenderingOptions}: they mean the same in each. */
export const rendering = <A extends unknown[], O extends OptionValues>(command: Command<A, O>) =>
  command
    .option('--html <file>', 'write a page here, in one file')
    .option('--junit <file>', 'write JUnit XML here')
    .option('--mail <file>', 'write a Markdown text here to reply to a patch with')
    .option('--summary <file>', "write GitHub's job summary here")
    .option('--annotations <file>', "write GitHub's annotations here, on the lines of patches")
    .option('--kcidb <file>', "write a submission to KernelCI's database here")
    .option('--origin <name>', 'of --kcidb: the CI system, as KernelCI knows it', 'kbt')
    .option('--files-url <url>', 'of --kcidb: where the files of the result lie for all to see');

/** A command that can say what it would do; see dryRun(). */
export const foreseeing = <A extends unknown[], O extends OptionValues>(command: Command<A, O>) =>
  command.option('-n, --dry-run', 'say what it would do and how long it takes; build nothing', false);

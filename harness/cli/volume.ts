// SPDX-License-Identifier: MIT
import type { Volume } from '../report/terminal/plain.ts';

let wanted: Volume = 'usual';

/** How much the one command of this process shows; its options say so before it begins. */
export const volume = (): Volume => wanted;

/** Takes --quiet and --verbose, of which the quieter one wins. */
export const setVolume = (options: {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}): void => {
  wanted = options.quiet ? 'quiet' : options.verbose ? 'verbose' : 'usual';
};

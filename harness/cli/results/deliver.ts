// SPDX-License-Identifier: MIT
import { join, relative } from 'node:path';
import { ARCH } from '../../arch/host.ts';
import { SCHEMA } from '../../run/result/result.ts';
import type { Attempt } from '../attempt.ts';
import { writeOutputs } from './outputs.ts';

/** How the result of a walk is given out. */
export interface Delivery<T> {
  /** Of its files in the directory of results, NAME.json and NAME.tap, and the kind of what is in them. */
  readonly name: string;
  readonly directory: string;
  readonly options: { readonly tap?: string; readonly json?: string };
  readonly tap: (value: T) => string;
  readonly text: (value: T) => string;
  /** Other renderings, each with its name in the directory, and a file that was asked for besides. */
  readonly more?: readonly {
    readonly name: string;
    readonly file: string | undefined;
    readonly render: (value: T) => string;
  }[];
  /** Whether it is exit code 0, else 1. */
  readonly good: (value: T) => boolean;
}

/** TAP on stdout, the text on stderr, both and the whole result into files; gives the exit code. */
export const deliver = async <T extends object>(
  { result, refuse, exitCode }: Attempt<T>,
  { name, directory, options, tap, text, more = [], good }: Delivery<T>,
): Promise<number> => {
  const own = join(directory, `${name}.json`);
  if (!result.ok) return refuse(result.failure, { json: options.json, own });
  const rendered = tap(result.value);
  const told = { schema: SCHEMA, kind: name, architecture: ARCH.name, ...result.value };
  const json = `${JSON.stringify(told, null, 2)}\n`;
  const written = await writeOutputs([
    [own, json],
    [options.json, json],
    [join(directory, `${name}.tap`), rendered],
    [options.tap, rendered],
    ...more.flatMap(({ name: called, file, render }) => {
      const text = render(result.value);
      return [[join(directory, called), text] as const, [file, text] as const];
    }),
  ]);
  if (!written.ok) return refuse(written.failure);
  process.stdout.write(rendered);
  process.stderr.write(`\n${text(result.value)}\nsee ${relative(process.cwd(), directory)}\n`);
  return exitCode(good(result.value) ? 0 : 1);
};

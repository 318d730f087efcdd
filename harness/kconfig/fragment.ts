// SPDX-License-Identifier: MIT
import { fail, ok, type Result } from '../base/result.ts';

/** One line of a fragment: `CONFIG_X=y`, or `# CONFIG_X is not set` as value `n`. */
export interface Option {
  readonly name: string;
  readonly value: string;
  /** file:line */
  readonly where: string;
}

/** Reads a fragment; anything but the two forms, comments and blank lines is refused. */
export const parseFragment = (text: string, file: string): Result<readonly Option[]> => {
  const options: Option[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const where = `${file}:${index + 1}`;
    const off = /^# (CONFIG_\w+) is not set$/.exec(line);
    const on = /^(CONFIG_\w+)=(.+)$/.exec(line.trimEnd());
    if (off?.[1]) options.push({ name: off[1], value: 'n', where });
    else if (on?.[1] && on[2]) options.push({ name: on[1], value: on[2], where });
    else if (line.trim() !== '' && !line.startsWith('#'))
      return fail('unbuildable', `not a line of a config fragment: ${line}`, {
        where,
        remedy: 'write CONFIG_X=y or # CONFIG_X is not set',
      });
  }
  return ok(options);
};

/** A .config as a map from name to value; what is not set is absent. */
export const parseConfig = (text: string): ReadonlyMap<string, string> => {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^(CONFIG_\w+)=(.*)$/.exec(line);
    if (match?.[1] && match[2] !== undefined) values.set(match[1], match[2]);
  }
  return values;
};

/** Of several fragments the last word on each option. */
export const lastWords = (options: readonly Option[]): readonly Option[] => [
  ...new Map(options.map((option) => [option.name, option])).values(),
];

/** The options that were asked for and are otherwise in the .config. */
export const lost = (
  options: readonly Option[],
  config: ReadonlyMap<string, string>,
): readonly Option[] =>
  lastWords(options).filter(({ name, value }) => (config.get(name) ?? 'n') !== value);

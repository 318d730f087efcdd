// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ARCH, tool } from '../arch/host.ts';
import type { Context } from '../base/context.ts';
import { run } from '../base/process/process.ts';
import { finding, pass, type Check } from './checks.ts';

const UAPI = new RegExp(`^(?:arch/${ARCH.kernel.directory}/)?include/uapi/(.+\\.h)$`);

/** As strict as usr/include/Makefile, which compiles them as C alone. */
const LANGUAGES = {
  C: ['-x', 'c', '-std=c90', '-Wall', '-Wextra', '-Werror'],
  'C++': ['-x', 'c++', '-std=c++11', '-Wall', '-Wextra', '-Werror'],
} as const;

/**
 * Every header for user space that the series touches compiles by itself, as C
 * and as C++, against the exported headers in `directory`.
 */
export const headersAlone = async (
  context: Context,
  touched: Iterable<string>,
  directory: string,
): Promise<Check> => {
  // One that the series takes away is not exported.
  const headers = [...touched]
    .flatMap((file) => UAPI.exec(file)?.[1] ?? [])
    .filter((header) => existsSync(join(directory, header)));
  if (headers.length === 0) return pass('headers alone', 'none touched');
  const problems: string[] = [];
  for (const header of headers) {
    for (const [language, flags] of Object.entries(LANGUAGES)) {
      const ended = await run({
        argv: [
          tool('gcc'),
          ...flags,
          '-fsyntax-only',
          '-isystem',
          directory,
          '-include',
          join(directory, header),
          '/dev/null',
        ],
        signal: context.signal,
      });
      if (ended.code !== 0)
        problems.push(
          `${header} as ${language}: ${ended.tail.find((l) => /error/.test(l)) ?? ended.tail.at(-1) ?? 'no reason given'}`,
        );
    }
  }
  return finding('headers alone', problems, `${headers.length}, as C and C++`);
};

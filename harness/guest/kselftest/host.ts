// SPDX-License-Identifier: MIT
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ended } from '../../base/process/process.ts';
import { starved } from '../../base/process/starved.ts';
import { fail, type Result } from '../../base/result.ts';
import { SELFTESTS } from './wanted.ts';

/**
 * Headers of the host by which Makefiles of collections decide what they build, and with which C
 * library.
 */
const HEADERS = [
  ...['alsa/asoundlib.h', 'features.h', 'fuse.h', 'libmnl/libmnl.h', 'liburing.h', 'numa.h'],
  ...['popt.h', 'sys/capability.h'],
].map((name) => join('/usr/include', name));

/** What is another value where one of them is. */
export const librariesHere = (): Promise<readonly string[]> => Promise.all(HEADERS.map(identityOf));

/** What a package that replaces a file changes. */
const identityOf = async (file: string): Promise<string> => {
  const what = await stat(file).catch(() => undefined);
  return what ? `${file} ${what.size} ${what.mtimeMs}` : `${file} is missing`;
};

/** Headers that collections take from other libraries, and Debian's packages of them. */
const LIBRARIES: readonly (readonly [header: RegExp, library: RegExp, name: string])[] = [
  [/^sys\/capability\.h$/, /^cap$/, 'libcap-dev'],
  [/^popt\.h$/, /^popt$/, 'libpopt-dev'],
  [/^libmnl\//, /^mnl$/, 'libmnl-dev'],
  [/^numa(?:if)?\.h$/, /^numa$/, 'libnuma-dev'],
  [/^fuse/, /^fuse$/, 'libfuse-dev'],
  [/^alsa\//, /^asound$/, 'libasound2-dev'],
];

/** Why a collection could not be built: what this machine lacks, or what the compiler says. */
export const unbuilt = (target: string, { tail, missing, ...ended }: Ended): Result<never> => {
  const what = `kselftest: the collection ${target} cannot be built`;
  if (missing) return fail('environment', 'make is missing', { code: 'tool-missing' });
  const failure = starved(`the collection ${target}`, { tail, ...ended });
  if (failure) return { ok: false, failure };
  if (tail.some((line) => /\brsync: (?:command )?not found/.test(line)))
    return fail('environment', `${what} without rsync`, {
      code: 'tool-missing',
      remedy: 'apt-get install rsync',
    });
  for (const line of tail) {
    const [, header = ''] = /fatal error: (\S+): No such file/.exec(line) ?? [];
    const [, library = ''] = /cannot find -l(\w+)/.exec(line) ?? [];
    const lib = LIBRARIES.find(([file, name]) => file.test(header) || name.test(library));
    if (lib)
      return fail('environment', `${what}: ${header || `lib${library}`} is missing`, {
        code: 'tool-missing',
        remedy: `apt-get install ${lib[2]}`,
      });
  }
  return fail('unbuildable', what, {
    code: 'program-compile-error',
    where: `${SELFTESTS}/${target}`,
    detail: tail.slice(-30).join('\n'),
  });
};

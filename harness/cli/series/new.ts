// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fail, ok } from '../../base/result.ts';
import { checkName } from '../../series/series.ts';
import { attempt } from '../attempt.ts';
import type { Invocation } from '../invocation.ts';

/** Writes the files that a series begins with, and says what comes next. */
export const newCommand = async (name: string, invocation: Invocation): Promise<number> => {
  const { result, refuse, exitCode } = await attempt(invocation, async ({ project }) => {
    const right = checkName(name);
    if (!right.ok) return right;
    const homes = [join(project, 'kernel-patches', name), join(project, 'guest/programs', name)];
    const there = homes.find((home) => existsSync(home));
    if (there !== undefined)
      return fail('usage', `${relative(project, there)} is there already`, { where: there });
    const files = Object.entries(filesOf(name)).map(([file, text]) => ({
      file: join(project, file),
      text,
    }));
    for (const { file, text } of files) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    return ok(files.map(({ file }) => relative(process.cwd(), file)));
  });
  if (!result.ok) return refuse(result.failure);
  const next = [
    `kbt series checkout ${name}`,
    `git -C linux-${name} add --all`,
    `git -C linux-${name} commit`,
    `kbt series export ${name}`,
    `kbt boot-test --series ${name}`,
  ];
  process.stdout.write([...result.value, '', ...next].map((line) => `${line}\n`).join(''));
  return exitCode(0);
};

/** What a series begins with, by path below the project. */
const filesOf = (name: string): Readonly<Record<string, string>> => ({
  [`kernel-patches/${name}/series`]: `${SPDX}\n`,
  [`kernel-patches/${name}/config`]: `${SPDX}\n# What the series and its programs need on top of base.config, CONFIG_NAME=y a line.\n`,
  [`kernel-patches/${name}/README.md`]: `<!-- SPDX-License-Identifier: GPL-2.0-only -->\n# ${name}\n`,
  [`guest/programs/${name}/${name.replaceAll(/[.-]/g, '_')}.c`]: program(name),
});

const SPDX = '# SPDX-License-Identifier: GPL-2.0-only';

const program = (name: string): string => `// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel promises to user space with ${name}. */
#include "kselftest_harness.h"

TEST(says_what_is_promised)
{
	ASSERT_EQ(0, 1) {
		TH_LOG("nothing is tested yet");
	}
}

TEST_HARNESS_MAIN
`;

// SPDX-License-Identifier: MIT
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

/** What is wrong with one step of a planted series, from that step on. */
export type Planted = 'fails' | 'flaky' | 'kasan' | 'panics' | 'warns' | 'breaks';

const FILE = 'fs/proc/kbt_steps.c';
const MAKEFILE = 'fs/proc/Makefile';

const HEAD = `// SPDX-License-Identifier: GPL-2.0-only
/* /proc/kbt_steps: one line a step, "N V", and all is well where they agree. */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/panic.h>
#include <linux/proc_fs.h>
#include <linux/random.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

static int kbt_zero;

`;

const TAIL = (steps: number): string => `static int kbt_steps_show(struct seq_file *m, void *v)
{
${Array.from({ length: steps }, (_, n) => `\tseq_printf(m, "${n + 1} %d\\n", kbt_step_${n + 1}());\n`).join('')}	return 0;
}

static int __init kbt_steps_init(void)
{
	proc_create_single("kbt_steps", 0444, NULL, kbt_steps_show);
	return 0;
}
fs_initcall(kbt_steps_init);
`;

/** The function of one step: before it has come in, and after, as it shall be. */
const step = (n: number, planted: Planted | 'not yet' | undefined): string => {
  const whole = (body: string): string => `static int kbt_step_${n}(void)\n{\n${body}}\n\n`;
  switch (planted) {
    case 'not yet':
      return whole(`\t/* Step ${n} is not in yet. */\n\treturn ${n};\n`);
    case undefined:
      return whole(`\treturn READ_ONCE(kbt_zero) + ${n};\n`);
    case 'fails':
      return whole(`\treturn -${n};\n`);
    case 'flaky':
      return whole(`\treturn get_random_u32_below(10) < 3 ? -${n} : ${n};\n`);
    case 'kasan':
      return whole(
        [
          '\tchar *buffer = kzalloc(16, GFP_KERNEL);\n\tsize_t at = 16;\n\tint value = 0;\n\n',
          '\tOPTIMIZER_HIDE_VAR(at);\n\tif (buffer)\n\t\tvalue = READ_ONCE(buffer[at]) & 0;\n',
          `\tkfree(buffer);\n\treturn value + ${n};\n`,
        ].join(''),
      );
    case 'panics':
      return `static int __init kbt_boom(void)\n{\n\tpanic("planted in step ${n}");\n}\nlate_initcall(kbt_boom);\n\n${whole(`\treturn ${n};\n`)}`;
    case 'warns':
      return whole(`\tint unused_in_step_${n};\n\n\treturn ${n};\n`);
    case 'breaks':
      return whole(`\treturn kbt_not_there(${n});\n`);
  }
};

/** The file after some of its steps; what was broken is mended from the step on that says so. */
const fileAfter = (steps: number, options: PlantedOptions): string => {
  const bodies = Array.from({ length: options.steps }, (_, index) => {
    const n = index + 1;
    const planted = options.planted[n];
    const mended =
      planted === 'breaks' && options.mendedBy !== undefined && steps >= options.mendedBy;
    return step(n, n > steps ? 'not yet' : mended ? undefined : planted);
  });
  const salt = options.salt === undefined ? '' : `int kbt_salt = ${options.salt};\n\n`;
  return HEAD + salt + bodies.join('') + TAIL(options.steps);
};

export interface PlantedOptions {
  readonly steps: number;
  /** By step, from 1. */
  readonly planted: Readonly<Record<number, Planted>>;
  /** The step that mends what does not build. */
  readonly mendedBy?: number;
  /** fs/proc/Makefile of the source. */
  readonly makefile: string;
  /** Makes it another series than any before. */
  readonly salt?: number;
}

/** At one and the same time: the same series is the same patches, and its kernels are in the store. */
const env = {
  GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
  GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z',
};

/** Git as somebody who commits by it. */
export const git = (cwd: string, ...args: readonly string[]) =>
  execa('git', ['-c', 'user.name=Tester', '-c', 'user.email=tester@example.com', ...args], {
    cwd,
    env,
  });

/** Writes a series of patches of a line or two each into a new directory of that name. */
export const plantSeries = async (directory: string, options: PlantedOptions): Promise<void> => {
  const work = await mkdtemp(join(tmpdir(), 'kbt-planted-'));
  try {
    const commit = async (files: Readonly<Record<string, string>>, subject: string) => {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(work, name)), { recursive: true });
        await writeFile(join(work, name), text);
      }
      await git(work, 'add', '-A');
      await git(work, 'commit', '-qm', subject);
    };
    await git(work, 'init', '-q');
    await commit({ [MAKEFILE]: options.makefile }, 'base');
    for (let steps = 1; steps <= options.steps; steps += 1)
      await commit(
        {
          [FILE]: fileAfter(steps, options),
          ...(steps === 1 ? { [MAKEFILE]: `${options.makefile}obj-y += kbt_steps.o\n` } : {}),
        },
        `proc: step ${steps}`,
      );
    await mkdir(directory, { recursive: true });
    await git(work, 'format-patch', '-q', '-o', directory, `-${options.steps}`);
    const names = Array.from(
      { length: options.steps },
      (_, n) => `${String(n + 1).padStart(4, '0')}-proc-step-${n + 1}.patch`,
    );
    await writeFile(join(directory, 'series'), `${names.join('\n')}\n`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
};

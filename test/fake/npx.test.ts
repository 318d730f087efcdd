// SPDX-License-Identifier: MIT
import { execa } from 'execa';
import { expect } from 'vitest';
import { test } from '../support/fake.ts';
import { marked, newMark, ROOT, until } from '../support/kbt.ts';

/** The shell in which npx starts a command: kbt's own repository names one that gives way. */
const SHELLS = { 'of the repository': undefined, 'that stays between': 'sh' } as const;

test.for([
  ['SIGTERM', 'of the repository', 143],
  ['SIGINT', 'of the repository', 130],
  ['SIGKILL', 'of the repository', undefined],
  ['SIGTERM', 'that stays between', undefined],
  ['SIGKILL', 'that stays between', undefined],
] as const)(
  '%s to npx alone, with the shell %s, leaves nothing running',
  async ([signal, shell, code], { fake }) => {
    const mark = newMark();
    const [name = '', value = ''] = mark.split('=');
    const script = SHELLS[shell];
    const running = execa('npx', ['kbt', ...fake.args, '--series', 'none'], {
      cwd: ROOT,
      reject: false,
      stdin: 'ignore',
      env: {
        ...fake.env,
        [name]: value,
        KBT_FAKE_QEMU: 'hang',
        ...(script === undefined ? {} : { npm_config_script_shell: script }),
      },
    });
    await until(async () =>
      (await marked(mark)).some((command) => command.includes('test/fake/bin/qemu')),
    );
    process.kill(running.pid ?? 0, signal);
    const { exitCode } = await running;
    await until(async () => (await marked(mark)).length === 0);
    if (code !== undefined) expect(exitCode).toBe(code);
  },
);

// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { checkOut } from '../support/checkout.ts';
import { test, type Fake } from '../support/fake.ts';

/** A checkout of kbt that needs a tool of another world, and an apt that writes down what it is told. */
const wanting = async (fake: Fake) => {
  const home = await checkOut(fake.directory);
  const file = join(home, 'ci', 'requirements.json');
  const data = JSON.parse(await readFile(file, 'utf8')) as { requirements: object[] };
  data.requirements.push({ command: 'frobnicate', apt: 'frobnicator' });
  await writeFile(file, JSON.stringify(data));
  const bin = join(fake.directory, 'bin');
  const told = join(fake.directory, 'told');
  await execa('mkdir', [bin]);
  await writeFile(told, '');
  for (const [name, text] of [
    ['apt-get', `echo "apt-get $*" >>${told}; exit 1`],
    ['dpkg', `echo "dpkg $*" >>${told}`],
    ['sudo', 'exec "$@"'],
  ] as const)
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    execa(process.execPath, [join(home, 'ci', 'start.mjs'), ...args], {
      env: { ...fake.env, PATH: `${bin}:${fake.env['PATH'] ?? ''}`, ...env },
      reject: false,
      stdin: 'ignore',
    });
  return { run, told: () => readFile(told, 'utf8') };
};

const LINE = 'apt-get install -y --no-install-recommends frobnicator';

test('what apt is to install, and why, is said before it is called', async ({ fake }) => {
  const { run, told } = await wanting(fake);
  const { exitCode, stderr, stdout } = await run(['boot-test', '--series', 'none']);
  expect(stderr).toContain('boot-test needs what is not there: frobnicate\n');
  expect(stderr).toContain('apt-get installs frobnicator (with --no-install ');
  expect(stdout).toBe('');
  expect(await told()).toContain(`${LINE}\n`);
  expect(exitCode).toBe(3);
});

test('where nothing may be installed the one command is named, and not run', async ({ fake }) => {
  const { run, told } = await wanting(fake);
  for (const [args, env] of [
    [['boot-test', '--no-install'], {}],
    [['--no-install', 'bisect'], {}],
    [['boot-test'], { KBT_NO_INSTALL: '1' }],
  ] as const) {
    const { exitCode, stderr } = await run(args, env);
    expect(stderr).toContain('missing: frobnicate\n  do: ');
    expect(stderr).toContain(LINE);
    expect(exitCode).toBe(3);
  }
  expect(await told()).toBe('');
});

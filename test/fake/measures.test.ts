// SPDX-License-Identifier: MIT
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { kbt } from '../support/kbt.ts';
import { test, type Fake } from '../support/fake.ts';

const ONE =
  '// SPDX-License-Identifier: GPL-2.0-only\nint one(void);\n\nint one(void)\n{\n\treturn 7;\n}\n';

const measure = ({ args, env }: Fake, command: string, ...more: string[]) =>
  kbt([command, ...args.slice(1), ...more], env);

/** A series of one patch that touches these files. */
const touching = async (fake: Fake, files: Readonly<Record<string, string>>) => {
  await mkdir(join(fake.tree, 'Documentation'), { recursive: true });
  return fake.series([files]);
};

test('what has no code of the kernel in it is not built to be counted', async ({ fake }) => {
  const series = await touching(fake, { 'Documentation/new.rst': 'New\n' });
  const { code, stderr, stdout } = await measure(fake, 'coverage', '--series-dir', series);
  expect(stderr).toContain('the patches touch no C file of the kernel');
  expect(stderr).toContain('they touch documentation, options, tests or tools');
  expect(stderr).not.toContain('kernel 0.');
  expect([code, stdout]).toEqual([64, '']);
});

test('a kernel that cannot count lines is refused before it is compiled', async ({ fake }) => {
  const series = await touching(fake, { 'kernel/one.c': ONE });
  const { code, stderr } = await measure(fake, 'coverage', '--series-dir', series);
  expect(stderr).toMatch(/CONFIG_GCOV_(KERNEL|PROFILE_ALL)/);
  expect(stderr).not.toMatch(/\bCC kernel/);
  expect(code).toBe(2);
});

test('a cost is that of a series', async ({ fake }) => {
  const { code, stderr } = await measure(fake, 'cost', '--series', 'none');
  expect(stderr).toContain('there is no series whose cost could be counted');
  expect(code).toBe(64);
});

test('a directory of probes that is not there is named', async ({ fake }) => {
  const series = await touching(fake, { 'kernel/one.c': ONE });
  const missing = join(fake.directory, 'missing');
  const args = ['--series-dir', series, '--probe-dir', missing];
  const { code, stderr } = await measure(fake, 'cost', ...args);
  expect(stderr).toContain(`--probe-dir: cannot read ${missing}`);
  expect(stderr).not.toMatch(/^ +at /m);
  expect(code).toBe(64);
});

test('a limit that is none is refused', async ({ fake }) => {
  const { code, stderr } = await measure(fake, 'cost', '--max', 'getppid');
  expect(stderr).toContain('NAME=PERCENT% or NAME=INSTRUCTIONS is wanted');
  expect(code).toBe(64);
});

test.for([
  ['no-icount', 3, 'QEMU does not count instructions here', '-icount: fake: not supported'],
  ['counts-half', 2, 'the probes did not come to their end', 'Kernel panic - not syncing: planted'],
  ['counts-died', 2, 'the probes in calls.c died (wait status 139)', ''],
] as const)(
  'a guest that counts like %s ends with %i',
  async ([play, exit, what, detail], { fake }) => {
    const series = await touching(fake, { 'kernel/one.c': ONE });
    const env = { ...fake, env: { ...fake.env, KBT_FAKE_QEMU: play } };
    const { code, stderr, stdout } = await measure(env, 'cost', '--series-dir', series);
    expect(stderr).toContain(what);
    expect(stderr).toContain(detail);
    expect([code, stdout]).toEqual([exit, '']);
  },
);

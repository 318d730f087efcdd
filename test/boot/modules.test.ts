// SPDX-License-Identifier: MIT
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootTest } from '../support/faults.ts';
import { kbt } from '../support/kbt.ts';

const MODULES = join(import.meta.dirname, 'modules');

/** A program that says what it needs, and makes one check. */
const script = (needs: string, check: string): string =>
  [
    '#!/bin/sh',
    `# kbt: ${needs}`,
    `echo TAP version 13; echo 1..1; ${check} && echo ok 1 || echo not ok 1`,
    '',
  ].join('\n');

const parameter = (name: string): string =>
  `$(cat /sys/module/${name.replace('.', '/parameters/')})`;

const PROGRAMS: Readonly<Record<string, string>> = {
  greets: script('module="greeter count=3"', `[ ${parameter('greeter.count')} = 3 ]`),
  // What it depends on is of another directory, and loaded before it.
  greets_called: script('module=caller', `[ ${parameter('caller.greeted')} = 1 ]`),
  is_clean: script('timeout=30', '! grep -q . /proc/modules'),
  late: script('module="oopses late=1"', 'true'),
  oopses: script('module=oopses', 'true'),
  refuses: script('module=refuses', 'true'),
  stays: script('module=stays timeout=5', 'true'),
};

let home: string;
let programs: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'kbt-modules-'));
  programs = join(home, 'programs');
  await mkdir(programs);
  for (const [name, text] of Object.entries(PROGRAMS)) {
    await writeFile(join(programs, name), text);
    await chmod(join(programs, name), 0o755);
  }
});
afterAll(() => rm(home, { recursive: true, force: true }));

const names = Object.keys(PROGRAMS).flatMap((name) => ['--tests', name]);

const run = (modules: readonly string[], ...args: readonly string[]) =>
  bootTest(
    ...['--test-dir', programs, ...names],
    ...modules.flatMap((directory) => ['--module-dir', directory]),
    ...args,
  );

const OWN = ['greeter', 'caller', 'faulty'].map((name) => join(MODULES, name));

test('modules are built against the kernel, loaded before a program and unloaded after it; of each fault there is the reason', async () => {
  const { result, code, stderr } = await run(OWN);
  const told = result.programs.map(({ name, outcome, why = '' }) => [name, outcome, why]);
  expect(told, stderr).toEqual([
    ['greets', 'pass', ''],
    ['greets_called', 'pass', ''],
    ['is_clean', 'pass', ''],
    ['late', 'kernel-report', expect.stringContaining('NULL pointer dereference')],
    ['oopses', 'kernel-report', expect.stringContaining('NULL pointer dereference')],
    [
      'refuses',
      'fail',
      'loading the module refuses failed: No such device; refuses: there is no device',
    ],
    ['stays', 'timeout', 'unloading the module stays took longer than 5 s'],
  ]);
  expect(code).toBe(1);
  const [greets, , , late, oopses, , stays] = result.programs;
  expect(greets?.leaks).toContain('not looked for');
  for (const one of [late, oopses])
    expect(one?.reports[0]?.stack[0]).toMatchObject({
      function: 'dereference',
      file: expect.stringMatching(/faulty\/oopses\.c$/) as string,
      line: 14,
    });
  expect(stays?.stuck?.tasks.join('\n')).toContain('stays_exit');
  // None of these had its VM for another program after it.
  const boots = result.programs.map(({ boot }) => boot);
  expect(new Set(boots.slice(3)).size).toBe(4);
  expect(result.kernel.release).toContain(result.kernel.fingerprint.slice(0, 12));
});

test('without modules their programs are skipped; what is wrong with one of the user is told with its place', async () => {
  const none = await run([]);
  const told = none.result.programs.map(({ outcome, why = '' }) => `${outcome} ${why}`.trim());
  expect(told, none.stderr).toEqual(
    Object.keys(PROGRAMS).map((name) =>
      name === 'is_clean' ? 'pass' : 'skip it loads modules: --variant modules',
    ),
  );
  const source = join(home, 'greeter');
  await cp(join(MODULES, 'greeter'), source, { recursive: true });
  const args = ['boot-test', '--test-dir', programs, '--module-dir', source];
  const missing = await kbt(args);
  expect(missing.code).toBe(64);
  expect(missing.stderr).toContain('module=caller: this kernel has no such module');
  expect(missing.stderr).toContain('there are: greeter;');
  const file = join(source, 'greeter.c');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('int greetings(void);\n', ''));
  const warned = await kbt(args);
  expect(warned.code).toBe(2);
  expect(warned.stderr).toContain(`at: ${file}:11`);
  expect(warned.stderr).toContain('no previous prototype for');
});

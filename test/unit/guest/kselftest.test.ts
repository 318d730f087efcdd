// SPDX-License-Identifier: MIT
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Outcome } from '../../../harness/base/outcome.ts';
import { readInstalled } from '../../../harness/guest/kselftest/installed.ts';
import { readWanted } from '../../../harness/guest/kselftest/wanted.ts';
import { fragmentsOf } from '../../../harness/kconfig/configure.ts';
import type { ProgramResult } from '../../../harness/run/result/program-result.ts';
import { checkKnownFailures, withReasons } from '../../../harness/run/tests/known-failures.ts';
import { withCollectionOptions } from '../../../harness/run/tests/selftests.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'kbt-kselftest-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

test('a collection and a test of one are told by a colon', () => {
  expect(readWanted(['timers', 'filesystems/binderfs', 'clone3:clone3'])).toEqual({
    ok: true,
    value: [
      { target: 'timers' },
      { target: 'filesystems/binderfs' },
      { target: 'clone3', test: 'clone3' },
    ],
  });
  for (const word of ['', ':x', 'a:', 'a:b:c', '../x', 'a b', '/etc', 'a/'])
    expect(readWanted([word])).toMatchObject({ ok: false, failure: { kind: 'usage' } });
});

test('installed tests begin as kselftest/runner.sh begins them', async () => {
  const collection = join(home, 'some', 'where');
  await mkdir(collection, { recursive: true });
  await writeFile(
    join(home, 'kselftest-list.txt'),
    'other:program\nsome/where:program\nsome/where:script.py\nsome/where:neither\n',
  );
  await writeFile(join(collection, 'settings'), '# words\ntimeout=180\n');
  await writeFile(join(collection, 'program'), '\u007fELF');
  await chmod(join(collection, 'program'), 0o755);
  await writeFile(join(collection, 'script.py'), '#!/usr/bin/env python3\n');
  await writeFile(join(collection, 'neither'), 'words\n');
  const found = await readInstalled(home, 'some/where');
  expect(found.map(({ command, timeout }) => [command, timeout])).toEqual([
    ['./program', 180],
    ['/usr/bin/env python3 ./script.py', 180],
    ['false', 180],
  ]);
  await writeFile(join(collection, 'ksft_runner.sh'), '#!/bin/sh\n');
  await chmod(join(collection, 'ksft_runner.sh'), 0o755);
  const run = await readInstalled(home, 'some/where');
  expect(run[1]?.command).toBe('./ksft_runner.sh ./script.py');
  await writeFile(join(collection, 'settings'), '');
  expect((await readInstalled(home, 'some/where'))[0]?.timeout).toBe(45);
});

test('the options of a collection lie between base.config and all that is asked for by name', () => {
  const option = (name: string, value: string, where = 'x:1') => ({ name, value, where });
  const base = [option('CONFIG_IPV6', 'n'), option('CONFIG_NET', 'y')];
  const own = [option('CONFIG_KEYS', 'y')];
  const fragments = fragmentsOf([...base, ...own]);
  const asked = [option('CONFIG_IPV6', 'y'), option('CONFIG_KEYS', 'n')];
  const laid = withCollectionOptions(fragments, base, asked);
  expect(laid.text.split('\n').slice(2)).toEqual([
    'CONFIG_IPV6=y',
    '# CONFIG_KEYS is not set',
    'CONFIG_KEYS=y',
    '',
  ]);
  // A kernel that cannot have one, or loses one of base.config by it, is told of, unless somebody asks for it by name.
  expect(Object.keys(laid.mayBeLost ?? {})).toEqual(['CONFIG_NET', 'CONFIG_IPV6']);
  // What is there already makes no other kernel.
  expect(withCollectionOptions(fragments, base, [option('CONFIG_KEYS', 'y')])).toBe(fragments);
});

test('a known failure is told beside a result, and changes nothing in it', () => {
  const known = {
    timers: { rtcpie: { outcome: 'fail', why: 'late' }, nanosleep: { outcome: 'fail', why: 'x' } },
    'filesystems/fat': { rename: { outcome: 'timeout', why: 'slow' } },
  } as const;
  const result = (name: string, outcome: Outcome): ProgramResult => ({
    ...{ name, outcome, milliseconds: 1, results: [], reports: [], boot: 1 },
  });
  const { programs, passing } = withReasons(
    [
      result('kselftest.timers.rtcpie', 'fail'),
      result('kselftest.timers.nanosleep', 'pass'),
      // It fails in another way than is known.
      result('kselftest.filesystems.fat.rename', 'kernel-report'),
    ],
    known,
  );
  expect(programs.map(({ outcome, known: why }) => [outcome, why])).toEqual([
    ['fail', 'late'],
    ['pass', undefined],
    ['kernel-report', undefined],
  ]);
  expect(passing).toEqual(['kselftest.timers.nanosleep passes, and is in known-failures.yaml']);
  expect(checkKnownFailures(known, 'timers', ['rtcpie', 'nanosleep'])).toMatchObject({ ok: true });
  expect(checkKnownFailures(known, 'timers', ['rtcpie'])).toMatchObject({
    failure: { what: 'known-failures.yaml: the collection timers has no test nanosleep' },
  });
});

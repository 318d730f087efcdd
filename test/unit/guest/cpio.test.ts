// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packCpio, type Member } from '../../../harness/guest/cpio.ts';

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'kbt-cpio-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

test('an initramfs is what GNU cpio lists and unpacks', async () => {
  const file = join(scratch, 'five');
  await writeFile(file, 'five\n');
  const members: readonly Member[] = [
    { kind: 'directory', path: '/tmp', mode: 0o1777 },
    { kind: 'characters', path: '/null', mode: 0o666, major: 1, minor: 3 },
    { kind: 'file', path: '/tmp/a file', mode: 0o600, file },
    { kind: 'link', path: '/sh', target: 'busybox' },
  ];
  const archive = await packCpio(members);
  expect(archive.length % 512).toBe(0);
  const cpio = (...args: readonly string[]): string =>
    execFileSync('cpio', ['--quiet', ...args], { cwd: scratch, input: archive, encoding: 'utf8' });
  const listed = cpio('-itvn', '--numeric-uid-gid').replaceAll(/ +/g, ' ').trimEnd();
  const since = 'Jan 1 1970';
  expect(listed.split('\n')).toEqual([
    `drwxrwxrwt 2 0 0 0 ${since} tmp`,
    `crw-rw-rw- 1 0 0 1, 3 ${since} null`,
    `-rw------- 1 0 0 5 ${since} tmp/a file`,
    `lrwxrwxrwx 1 0 0 8 ${since} sh -> busybox`,
  ]);
  cpio('-id', '--no-preserve-owner', 'tmp/a file');
  expect(await readFile(join(scratch, 'tmp', 'a file'), 'utf8')).toBe('five\n');
});

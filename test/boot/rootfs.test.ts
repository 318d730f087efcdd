// SPDX-License-Identifier: MIT
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootTest } from '../support/faults.ts';

/** Of a program that looks at the root that it is in. */
const script = (needs: string, ...checks: readonly string[]): string =>
  [
    '#!/bin/sh',
    `# kbt: rootfs ${needs}`,
    'echo TAP version 13',
    `echo 1..${checks.length}`,
    ...checks.map((check, n) => `${check} && echo ok ${n + 1} || echo "not ok ${n + 1}"`),
    '',
  ].join('\n');

const PROGRAMS: Readonly<Record<string, string>> = {
  // Whose files, what is mounted, and where an absolute link leads.
  a_root: script(
    '',
    '[ "$(cat /etc/whose)" = "the root of the test" ]',
    '[ "$(stat -c %u:%a /etc/whose)" = 0:4755 ]',
    '[ "$(cat /proc/self/mounts | grep -c " / overlay rw")" = 1 ]',
    '[ -c /dev/null ] && [ -d /sys/kernel ] && [ ! -e /kbt ]',
    '[ ! -e /outside ]',
    // In a chroot it fails.
    'unshare -Ur true',
    'echo mine >/etc/written',
  ),
  // Another VM: what the first one wrote is gone.
  b_again: script('isolate', '[ ! -e /etc/written ]', '[ "$(id -u)" = 0 ]'),
  c_nobody: script('user=nobody', '[ "$(id -u):$(id -g)" = 65534:65534 ]', '! touch /etc/x'),
};

let home: string;
let root: string;
let programs: string;
let outside: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'kbt-root-'));
  [root, programs, outside] = [join(home, 'root'), join(home, 'programs'), join(home, 'outside')];
  for (const name of ['bin', 'etc', 'dev']) await mkdir(join(root, name), { recursive: true });
  const { stdout } = await execa('sh', ['-c', 'command -v busybox']);
  await copyFile(stdout, join(root, 'bin', 'busybox'));
  await chmod(join(root, 'bin', 'busybox'), 0o755);
  for (const name of ['sh', 'cat', 'stat', 'grep', 'id', 'touch', 'unshare', 'true', '['])
    await symlink('busybox', join(root, 'bin', name));
  await writeFile(join(root, 'etc', 'whose'), 'the root of the test');
  await chmod(join(root, 'etc', 'whose'), 0o4755);
  await writeFile(outside, hostname());
  await symlink(outside, join(root, 'outside'));
  await mkdir(programs);
  for (const [name, text] of Object.entries(PROGRAMS)) {
    await writeFile(join(programs, name), text);
    await chmod(join(programs, name), 0o755);
  }
});
afterAll(() => rm(home, { recursive: true, force: true }));

const run = (...args: readonly string[]) =>
  bootTest('--test-dir', programs, '--tests', '?_*', '--tests', 'smoke', ...args);

const outcomes = ({ result }: Awaited<ReturnType<typeof run>>): readonly string[] =>
  result.programs.map(({ name, outcome, why = '' }) => `${name} ${outcome} ${why}`.trim());

test('programs run in a directory of the user, packed as files of root, on a disk that nothing writes to', async () => {
  const first = await run('--rootfs', root);
  expect(outcomes(first), first.stderr).toEqual([
    'smoke pass',
    'a_root pass',
    'b_again pass',
    'c_nobody pass',
  ]);
  expect(first.result.machine.qemuArgv.join(' ')).toContain('"driver":"raw"');
  // The whole of it again by forks; and a changed file makes another root.
  const second = await run('--rootfs', root);
  expect(outcomes(second)).toEqual(outcomes(first));
  expect(second.stderr).toMatch(/= rootfs .*\n/);
  expect(second.stderr).toMatch(/forked, SSH/);
  await writeFile(join(root, 'etc', 'whose'), 'another');
  const third = await run('--rootfs', root);
  expect(outcomes(third)[1]).toMatch(/^a_root fail 1 of 7 failed/);
});

test('a raw image does as well, and is not written to; without a root its programs are skipped', async () => {
  const image = join(home, 'root.ext4');
  await writeFile(join(root, 'etc', 'whose'), 'the root of the test');
  await execa('mke2fs', ['-q', '-t', 'ext4', '-d', root, '-E', 'root_owner=0:0', image, '32M']);
  const before = await readFile(image);
  const ran = await run('--rootfs', image, '--tests', 'c_nobody');
  expect(outcomes(ran).slice(2), ran.stderr).toEqual(['b_again pass', 'c_nobody pass']);
  expect((await readFile(image)).equals(before)).toBe(true);
  const none = await run();
  expect(outcomes(none).slice(1)).toEqual(
    ['a_root', 'b_again', 'c_nobody'].map((n) => `${n} skip it wants a root file system: --rootfs`),
  );
});

test('a root without a shell, and one that is none, are told', async () => {
  await rm(join(root, 'bin', 'sh'));
  const ran = await run('--rootfs', root);
  expect(outcomes(ran)[0]).toBe('smoke pass');
  expect(outcomes(ran)[1]).toMatch(/^a_root error exit status 127/);
  expect(ran.outputs[1]).toContain('its interpreter or loader is not there');
  const broken = join(home, 'broken.erofs');
  const bytes = Buffer.alloc(65536);
  bytes.writeUInt32LE(0xe0f5e1e2, 1024);
  await writeFile(broken, bytes);
  const { result, code } = await run('--rootfs', broken);
  expect(code).not.toBe(0);
  expect(result.stopped).toMatchObject({ code: 'guest-no-root' });
  expect(result.stopped?.what).toContain('/dev/vda');
});

// SPDX-License-Identifier: MIT
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { test, type Fake } from '../support/fake.ts';
import { kbt } from '../support/kbt.ts';

/** A project with a kbt.yaml, of a user who may have one, too. */
const project = async ({ directory, env }: Fake, text: string, own?: string) => {
  const home = join(directory, 'project');
  await mkdir(join(directory, 'config', 'kbt'), { recursive: true });
  await mkdir(home);
  await writeFile(join(home, 'kbt.yaml'), text);
  if (own !== undefined) await writeFile(join(directory, 'config', 'kbt', 'kbt.yaml'), own);
  return (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    kbt(args, { ...env, XDG_CONFIG_HOME: join(directory, 'config'), ...more }, home);
};

const WRONG: readonly (readonly [string, string, string])[] = [
  ['cpus: 2\nmemory: much\n', 'kbt.yaml:2:9', 'expected number'],
  ['cpus: 2\n  jobs: 1\n', 'kbt.yaml:1:7', 'not valid YAML'],
  ['accel: tcg\njbos: 2\n', 'kbt.yaml:2:1', 'it takes accel, cpus, memory'],
  ['jobs: *nothing\n', 'kbt.yaml', 'is not valid YAML'],
  ['accel: fast\n', 'kbt.yaml:1:8', 'kvm'],
  ['- cpus\n', 'kbt.yaml:1:1', 'expected object'],
];

test.for(WRONG)('%j is refused at %s', async ([text, where, says], { fake }) => {
  const run = await project(fake, text);
  for (const args of [['boot-test'], ['config']]) {
    const { code, stderr, stdout } = await run(args);
    expect(stderr).toContain(where);
    expect(stderr).toContain(says);
    expect([code, stdout.includes('TAP')]).toEqual([64, false]);
  }
});

test('a file of comments alone says nothing, and an unknown variant is told with those there are', async ({
  fake,
}) => {
  const run = await project(fake, '# later\n');
  expect((await run(['config'])).code).toBe(0);
  const { code, stderr } = await run(['boot-test', '--series', 'none', '--variant', 'kasn']);
  expect([code, stderr]).toEqual([64, expect.stringContaining('there is no variant kasn')]);
  expect(stderr).toContain('kasan, kcsan');
  const none = await run(['boot-test']);
  expect([none.code, none.stderr]).toEqual([64, expect.stringContaining('there is no series')]);
});

test('results lie where kbt.yaml says, and are cleaned up there', async ({ fake }) => {
  const run = await project(fake, 'results: ../kept\n');
  const unset = { KBT_RESULTS: '', KBT_SOURCE: fake.tree };
  const { code, stderr } = await run(['boot-test', '--accel', 'tcg', '--series', 'none'], unset);
  expect(code, stderr).toBe(1);
  const [name = ''] = await readdir(join(fake.directory, 'kept'));
  expect(stderr).toContain(`kept/${name}`);
  expect(await readdir(join(fake.directory, 'project'))).toEqual(['kbt.yaml']);
  const cleaned = await run(['clean'], unset);
  expect(cleaned.stderr).toContain(`removed ${join(fake.directory, 'kept', name)}`);
  expect(await readdir(join(fake.directory, 'kept'))).toEqual([]);
});

test('what is set once counts where neither the line nor the environment says more', async ({
  fake,
}) => {
  const run = await project(
    fake,
    'cpus: 3\nseries: nobody\nsource: ../linux\nnotify: "false"\n',
    'cpus: 9\nmemory: 300\n',
  );
  const asked = ['boot-test', '--accel', 'tcg'];
  const unknown = await run(asked);
  expect([unknown.code, unknown.stderr]).toEqual([
    64,
    expect.stringContaining('there is no series nobody'),
  ]);
  // A series in a directory is meant in its place, and the source is found from the file's own directory.
  const series = await fake.series([{ 'kernel/one.c': 'int one;\n' }]);
  const argvOf = (stdout: string) => /smp|(\d+) cpus/.exec(stdout)?.[0];
  const usual = await run([...asked, '--series-dir', series]);
  expect(argvOf(usual.stdout), usual.stderr).toBe('3 cpus');
  const said = await run([...asked, '--series-dir', series, '--cpus', '1']);
  expect(argvOf(said.stdout)).toBe('1 cpus');
  const elsewhere = await run([...asked, '--series-dir', series], { KBT_SOURCE: '/nowhere' });
  expect(elsewhere.stderr).toContain('/nowhere');
  const shown = await run(['config']);
  for (const line of ['cpus: 3\nmemory: 300', `source: ${fake.tree}`])
    expect(shown.stdout).toContain(line);
});

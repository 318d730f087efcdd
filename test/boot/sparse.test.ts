// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kbt, ROOT } from '../support/kbt.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kbt-sparse-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

interface Command {
  readonly directory: string;
  readonly file: string;
  readonly command: string;
}

test('a sparse checkout holds what make and a language server read, and little else', async () => {
  const project = join(directory, 'project');
  await cp(join(ROOT, 'kernel-patches', 'synos'), join(project, 'kernel-patches', 'synos'), {
    recursive: true,
  });
  const tree = join(directory, 'linux');
  const series = (...args: readonly string[]) => kbt(['series', ...args], {}, project);
  const laid = await series('checkout', 'synos', tree, '--sparse');
  expect(laid.code, laid.stderr).toBe(0);
  const exported = await series('export', 'synos', tree);
  expect([exported.code, exported.stdout], exported.stderr).toEqual([
    0,
    expect.stringMatching(/^\d+ unchanged$/),
  ]);
  const drivers = await readdir(join(tree, 'drivers', 'gpu', 'drm'));
  expect(drivers.filter((name) => name.endsWith('.c'))).toEqual([]);
  const written = await series('compile-commands', 'synos', tree);
  expect(written.code, written.stderr).toBe(0);
  const text = await readFile(join(tree, 'compile_commands.json'), 'utf8');
  const commands = JSON.parse(text) as readonly Command[];
  expect(commands.length).toBeGreaterThan(1000);
  expect(commands.filter(({ file }) => !existsSync(file))).toEqual([]);
  const state = commands.find(({ file }) => file.endsWith('kernel/synos/state.c'));
  const only = `${state?.command ?? 'false'} -fsyntax-only`.replaceAll(/ -o \S+| -Wp,-MMD\S+/g, '');
  await execa('sh', ['-c', only], { cwd: state?.directory ?? '' });
  // Kconfig reads every file of its own that any other one names.
  const build = join(directory, 'build');
  const config = join(build, '.config');
  await mkdir(build);
  await copyFile(join(state?.directory ?? '', '.config'), config);
  await execa('make', ['-s', 'ARCH=x86_64', `O=${build}`, 'olddefconfig'], { cwd: tree });
  expect(await readFile(config, 'utf8')).toBe(
    await readFile(join(state?.directory ?? '', '.config'), 'utf8'),
  );
  const status = await execa('git', ['status', '--porcelain'], { cwd: tree });
  expect(status.stdout).toBe('');
}, 300_000);

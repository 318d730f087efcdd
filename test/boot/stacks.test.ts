// SPDX-License-Identifier: MIT
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { cacheDirectory, type Context } from '../../harness/base/context.ts';
import type { Result } from '../../harness/base/result.ts';
import { applySeries, type Applied } from '../../harness/series/apply/apply.ts';
import { readAllSeries } from '../../harness/series/series.ts';
import { acquireSource } from '../../harness/source/acquire.ts';
import { readPin } from '../../harness/source/pin.ts';
import { ROOT } from '../support/kbt.ts';

const context: Context = {
  root: ROOT,
  project: ROOT,
  env: process.env,
  cache: cacheDirectory(process.env),
  emit: () => undefined,
  signal: new AbortController().signal,
};

const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(`${result.failure.what}\n${result.failure.detail ?? ''}`);
  return result.value;
};

/** The table of a tree's system calls for 64-bit callers, as the tree's own script reads it. */
const tableOf = async ({ repository, commit }: Applied, scratch: string): Promise<string> => {
  const show = (file: string) =>
    execa('git', ['--git-dir', repository, 'show', `${commit}:${file}`]);
  const files = {
    script: 'scripts/syscalltbl.sh',
    table: 'arch/x86/entry/syscalls/syscall_64.tbl',
  };
  for (const [name, file] of Object.entries(files))
    await writeFile(join(scratch, name), `${(await show(file)).stdout}\n`);
  const args = ['script', '--abis', 'common,64', 'table', 'out'];
  await execa('sh', args, { cwd: scratch });
  return readFile(join(scratch, 'out'), 'utf8');
};

test('each series stands alone and in either order with each other, and the table of calls is the same', async () => {
  const pin = valueOf(await readPin(context));
  const given = process.env['KBT_SOURCE'];
  const source = valueOf(await acquireSource(context, pin, { given, frozen: false }));
  const all = valueOf(await readAllSeries(ROOT, { named: undefined }));
  expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(['llamux', 'synos']));
  const scratch = await mkdtemp(join(tmpdir(), 'kbt-stacks-'));
  try {
    const tables = async (...stack: typeof all): Promise<string> =>
      tableOf(valueOf(await applySeries(context, source, stack)), scratch);
    for (const one of all) await tables(one);
    for (const [index, one] of all.entries())
      for (const other of all.slice(index + 1))
        expect(await tables(one, other), `${one.name}, ${other.name}`).toBe(
          await tables(other, one),
        );
    const whole = await tables(...all);
    expect(whole).toContain('__SYSCALL(548, sys_synos_register_consciousness)');
    expect(whole).toContain('__SYSCALL(553, sys_ai_control)');
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
});

// SPDX-License-Identifier: MIT
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kunitSuitesOf } from '../../../harness/kernel/kunit-suites.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kbt-suites-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const START = 0xffff_ffff_8100_0000n;
const OFFSET = 4096;

/** A vmlinux of one segment: the names of suites, then pointers to them. */
const vmlinux = (names: readonly string[]): Buffer => {
  const data = Buffer.alloc(OFFSET + 8192);
  data.write('\x7fELF', 0, 'latin1');
  data.writeBigUInt64LE(64n, 32);
  data.writeUInt16LE(56, 54);
  data.writeUInt16LE(1, 56);
  const segment = data.subarray(64);
  segment.writeUInt32LE(1, 0);
  segment.writeBigUInt64LE(BigInt(OFFSET), 8);
  segment.writeBigUInt64LE(START, 16);
  segment.writeBigUInt64LE(8192n, 32);
  for (const [index, name] of names.entries()) {
    data.write(name, OFFSET + 512 * index);
    data.writeBigUInt64LE(START + BigInt(512 * index), OFFSET + 4096 + 8 * index);
  }
  return data;
};

test('the suites of a kernel are read where its executor reads them, those of the boot first', async () => {
  const at = (offset: number): string => (START + BigInt(offset)).toString(16);
  await writeFile(
    join(directory, 'System.map'),
    [
      `${at(4096)} D __kunit_init_suites_start`,
      `${at(4104)} D __kunit_init_suites_end`,
      `${at(4104)} D __kunit_suites_start`,
      `${at(4120)} D __kunit_suites_end`,
      '',
    ].join('\n'),
  );
  expect(await kunitSuitesOf({ directory })).toMatchObject({
    ok: false,
    failure: { kind: 'usage', remedy: 'give its --vmlinux' },
  });
  await writeFile(join(directory, 'vmlinux'), vmlinux(['at-boot', 'list sort', 'third']));
  expect(await kunitSuitesOf({ directory })).toEqual({
    ok: true,
    value: ['at-boot', 'list sort', 'third'],
  });
  // A kernel without KUnit.
  await writeFile(join(directory, 'System.map'), `${at(0)} T _text\n`);
  expect(await kunitSuitesOf({ directory })).toEqual({ ok: true, value: [] });
});

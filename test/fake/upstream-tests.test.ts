// SPDX-License-Identifier: MIT
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { kbt } from '../support/kbt.ts';
import { test } from '../support/fake.ts';

test('a root, a collection or a kunitconfig that there is not is refused before the build', async ({
  fake,
}) => {
  const qcow2 = join(fake.directory, 'disk.qcow2');
  await writeFile(qcow2, Buffer.from('QFI\u00fb'.padEnd(4096, '\0'), 'latin1'));
  const fragment = join(fake.directory, 'kunitconfig');
  await writeFile(fragment, '# words\nCONFIG_KUNIT\n');
  for (const [code, words, ...args] of [
    [64, 'there is no directory or image gone', '--rootfs', 'gone'],
    [64, 'is a qcow2 image', '--rootfs', qcow2],
    [64, 'a:b:c is neither a collection nor a test', '--kselftest', 'a:b:c'],
    [64, 'this source has no collection nosuch', '--kselftest', 'nosuch'],
    [64, 'there is no no/such, here or in the source', '--kunit', '--kunitconfig', 'no/such'],
    [2, `${fragment}:2`, '--kunit', '--kunitconfig', fragment],
    [64, 'goes with --kunit alone', '--kunitconfig', fragment],
    [64, 'SUITE or SUITE.TEST is wanted', '--kunit', 'a b'],
    [64, 'attributes like speed>slow are wanted', '--kunit', '--kunit-filter', 'x" panic=0'],
  ] as const) {
    const ran = await kbt([...fake.args, '--series', 'none', ...args], fake.env);
    expect([ran.code, ran.stderr], args.join(' ')).toEqual([code, expect.stringContaining(words)]);
    expect(ran.stderr).not.toContain('kernel/');
  }
});

// SPDX-License-Identifier: MIT
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ARCH, checkHost } from '../../../harness/arch/host.ts';
import { exitCodeOf } from '../../../harness/base/result.ts';
import { ROOT } from '../../support/kbt.ts';

/** What a processor, its board and its log are known by. */
const NAMES = /x86|amd64|q35|ttyS0|qemu-system-|R[A-Z]P:/;

test('no file of the harness but the record knows the processor by name', async () => {
  const home = join(ROOT, 'harness');
  const files = (await readdir(home, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const found: string[] = [];
  for (const name of files)
    for (const [index, line] of (await readFile(join(home, name), 'utf8')).split('\n').entries())
      if (NAMES.test(line)) found.push(`${name}:${index + 1}: ${line.trim()}`);
  expect(found.filter((line) => !line.startsWith('arch/'))).toEqual([]);
  expect(found.length).toBeGreaterThan(0);
});

test('a processor without a record is refused in words, as the environment’s failure', () => {
  expect(checkHost().ok).toBe(true);
  const refused = checkHost('mips');
  expect(refused).toMatchObject({ ok: false, failure: { kind: 'environment' } });
  expect(JSON.stringify(refused)).toContain(ARCH.name);
  expect(exitCodeOf('environment')).toBe(3);
});

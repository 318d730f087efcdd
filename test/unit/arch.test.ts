// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import { ARCH, checkHost } from '../../harness/arch/host.ts';
import { exitCodeOf } from '../../harness/base/result.ts';

test('a processor without a record is refused in words, as the environment’s failure', () => {
  expect(checkHost().ok).toBe(true);
  const refused = checkHost('mips');
  expect(refused).toMatchObject({ ok: false, failure: { kind: 'environment' } });
  expect(JSON.stringify(refused)).toContain(ARCH.name);
  expect(exitCodeOf('environment')).toBe(3);
});

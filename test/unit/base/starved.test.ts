// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import { starved } from '../../../harness/base/process/starved.ts';

const of = (line: string, signal?: string) => starved('it', { signal, tail: ['before', line] });

test.each([
  [
    'fs/ext4/x.c:1:1: fatal error: error closing /tmp/x.s: No space left on device',
    'no space left',
  ],
  ['/bin/sh: 1: echo: echo: I/O error', 'no space left'],
  ['make[3]: *** [scripts/Makefile.build:229: kernel/one.o] Killed', 'SIGKILL'],
  ['make[3]: *** [scripts/Makefile.build:229: kernel/one.o] Error 137', 'SIGKILL'],
  ['gcc: fatal error: Killed signal terminated program cc1', 'SIGKILL'],
])('%s is the machine’s fault', (line, what) => {
  expect(of(line)).toMatchObject({
    kind: 'environment',
    what: expect.stringContaining(what) as string,
  });
});

test('so is a make that was killed and said nothing', () => {
  expect(of('', 'SIGTERM')).toMatchObject({
    what: expect.stringContaining('killed from outside (SIGTERM)') as string,
  });
});

test.each([
  'make[3]: *** [scripts/Makefile.build:229: kernel/one.o] Error 1',
  "kernel/one.c:6:16: error: 'Killed' undeclared (first use in this function)",
])('%s is not', (line) => {
  expect(of(line)).toBeUndefined();
});

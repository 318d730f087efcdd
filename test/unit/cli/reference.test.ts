// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeProgram } from '../../../harness/cli/manual/describe.ts';
import { renderReference } from '../../../harness/cli/manual/reference.ts';
import { program } from '../../../harness/cli/program.ts';
import { ROOT } from '../../support/kbt.ts';

const described = describeProgram(program(() => Promise.resolve()));

test('REFERENCE.md is what is declared', async () => {
  const written = await readFile(join(ROOT, 'harness', 'REFERENCE.md'), 'utf8');
  const isFresh = written === renderReference(described);
  expect(isFresh, 'REFERENCE.md is stale: npx kbt man --markdown >harness/REFERENCE.md').toBe(true);
});

test('it has every command and every option', () => {
  const text = renderReference(described);
  for (const { name, options } of described.commands) {
    expect(text).toContain(`### kbt ${name}\n`);
    for (const option of options) expect(text).toContain(option.names.join(', '));
  }
});

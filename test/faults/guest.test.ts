// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import { bootTest, disagreements, FAULTS } from '../support/faults.ts';
import { GUEST_FAULTS } from './table.ts';

test('every planted guest fault ends as the table says, and none spoils the next', async () => {
  const { code, result } = await bootTest(...FAULTS);
  for (const { name, outcome, why = '' } of result.programs)
    process.stdout.write(
      `${outcome.padEnd(13)} ${name.padEnd(32)} ${GUEST_FAULTS[name]?.about ?? ''}${why && ` (${why})`}\n`,
    );
  expect(disagreements(result)).toEqual([]);
  expect(result.programs.map((p) => p.name)).toEqual(
    expect.arrayContaining(Object.keys(GUEST_FAULTS)),
  );
  expect(result.strayReports).toEqual([]);
  expect(code).toBe(1);
});

// SPDX-License-Identifier: MIT
import { defineConfig } from 'vitest/config';

const project = (name: string, more: object) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    pool: 'forks' as const,
    setupFiles: ['test/support/own-results.ts'],
    retry: 0,
    ...more,
  },
});

export default defineConfig({
  test: {
    projects: [
      // All processors, where vitest would leave one idle: of two that is half.
      project('unit', { testTimeout: 5_000, maxWorkers: '100%' }),
      project('fake', { testTimeout: 60_000, maxWorkers: '100%' }),
      // One VM and one make at a time, and nothing beside them.
      project('boot', {
        ...{ testTimeout: 1_800_000, hookTimeout: 1_800_000 },
        ...{ maxWorkers: 1, sequence: { groupOrder: 1 } },
      }),
      // Takes a while: npm run test:faults.
      project('faults', { testTimeout: 3_600_000, maxWorkers: 1, sequence: { groupOrder: 2 } }),
    ],
  },
});

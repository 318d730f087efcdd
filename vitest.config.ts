// SPDX-License-Identifier: MIT
import { defineConfig } from 'vitest/config';

const project = (name: string, more: object) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    pool: 'forks' as const,
    retry: 0,
    ...more,
  },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', { testTimeout: 5_000 }),
      project('fake', { testTimeout: 60_000 }),
      // One VM and one make at a time: two cores are few.
      // Takes a while: npm run test:faults.
      project('faults', { testTimeout: 3_600_000 }),
      project('boot', { testTimeout: 1_800_000, hookTimeout: 1_800_000, fileParallelism: false }),
    ],
  },
});

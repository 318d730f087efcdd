// SPDX-License-Identifier: MIT
// `npm test`: types, lint, format, then all tests. The last line is for whoever
// counts: N passed, N failed. `npm run test:faults` runs the long table of planted
// faults alone.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { $ } from 'zx';

const scratch = mkdtempSync(join(tmpdir(), 'kbt-test-'));
const report = join(scratch, 'vitest.json');
const filters = process.argv.slice(3);
const chosen =
  filters.length > 0 ? filters : ['unit', 'fake', 'boot'].flatMap((p) => ['--project', p]);

// A child that outlives us would hold QEMU and make.
$.detached = false;
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    process.exitCode = signal === 'SIGINT' ? 130 : 143;
    stop.abort();
  });
const run = $({ stdio: ['ignore', 'inherit', 'inherit'], nothrow: true, signal: stop.signal });

const checks =
  filters.length > 0
    ? []
    : await Promise.all([
        run`npx tsc --noEmit -p tsconfig.json`,
        run`npx eslint .`,
        run`npx prettier --check --log-level warn .`,
      ]);
const tests =
  await run`setpriv --pdeathsig TERM npx vitest run --reporter=default --reporter=json --outputFile.json=${report} ${chosen}`;
const counted = (() => {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0 };
  }
})();
rmSync(scratch, { recursive: true, force: true });
const bad = [...checks, tests].some((ended) => ended.exitCode !== 0);
const failed = counted.numFailedTests + checks.filter((ended) => ended.exitCode !== 0).length;
process.stdout.write(`\n${counted.numPassedTests} passed, ${failed} failed\n`);
if (process.exitCode === undefined) process.exitCode = bad || counted.numPassedTests === 0 ? 1 : 0;

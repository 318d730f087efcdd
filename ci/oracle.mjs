// SPDX-License-Identifier: MIT
// The nightly's proof that Llamux computes what llama.cpp does. Its packages are its own, and are
// installed here alone; with the word write it renews what npm test holds the engine to.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { $ } from 'zx';
import { buildEngine } from '../test/oracle/build.mjs';

const home = join(import.meta.dirname, '..', 'test', 'oracle');
const scratch = mkdtempSync(join(tmpdir(), 'kbt-engine-'));
const run = $({
  cwd: home,
  stdio: ['ignore', 'inherit', 'inherit'],
  nothrow: true,
  verbose: false,
});

try {
  const installed = await run({ stdio: ['ignore', 2, 2] })`npm install --no-save`;
  if (installed.exitCode === 0) {
    const runner = join(buildEngine(scratch, 'llamux_run'), 'llamux_run');
    const { exitCode } = await run`node compare.mjs ${runner} ${process.argv.slice(3)}`;
    process.exitCode = exitCode ?? 1;
  } else {
    process.stderr.write('kbt: cannot install llama.cpp\n  do: see what npm says above\n');
    process.exitCode = 3;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

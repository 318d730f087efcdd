// SPDX-License-Identifier: MIT
// The nightly's proof that builds are reproducible: one fingerprint, built in
// two places without ccache, must give one bzImage byte for byte.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { $ } from 'zx';

const ROOT = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'kbt-reproducible-'));
const started = $({ stdio: ['ignore', 'ignore', 'inherit'], cwd: ROOT });

/** The digest of the one bzImage that a cache of its own ends up with. */
const buildIn = async (cache) => {
  const env = { ...process.env, KBT_CACHE: cache, CCACHE_DISABLE: '1' };
  await started({ env })`node ci/start.mjs boot-test --tests smoke ${process.argv.slice(3)}`;
  const [kernel = ''] = readdirSync(join(cache, 'kernels'));
  const image = readFileSync(join(cache, 'kernels', kernel, 'bzImage'));
  rmSync(cache, { recursive: true });
  return { kernel, sha256: createHash('sha256').update(image).digest('hex') };
};

try {
  // Two names of different length: what depends on a path shows.
  const first = await buildIn(join(scratch, 'a'));
  const second = await buildIn(join(scratch, 'another-place'));
  const same = first.kernel === second.kernel && first.sha256 === second.sha256;
  process.stdout.write(
    `TAP version 14\n1..1\n${same ? 'ok' : 'not ok'} 1 - two builds give one bzImage\n`,
  );
  process.stdout.write(`  ---\n  first: ${first.sha256}\n  second: ${second.sha256}\n  ...\n`);
  process.exitCode = same ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

// SPDX-License-Identifier: MIT
// The nightly's proof that builds are reproducible: one fingerprint, built in
// two places without ccache, from nothing and as a copy of another kernel's build,
// must give one bzImage byte for byte.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { $ } from 'zx';

const ROOT = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'kbt-reproducible-'));
const started = $({ stdio: ['ignore', 'ignore', 'inherit'], cwd: ROOT });

/** The kernels that a cache of its own ends up with, after runs with these options, by digest. */
const buildIn = async (cache, ...runs) => {
  const env = { ...process.env, KBT_CACHE: cache, CCACHE_DISABLE: '1' };
  for (const options of runs)
    await started({ env })`node ci/start.mjs boot-test --tests smoke ${options}`;
  const kernels = readdirSync(join(cache, 'kernels')).filter((name) => !name.startsWith('.'));
  const digests = kernels.map((kernel) => {
    const image = readFileSync(join(cache, 'kernels', kernel, 'bzImage'));
    return [kernel, createHash('sha256').update(image).digest('hex')];
  });
  rmSync(cache, { recursive: true });
  return new Map(digests);
};

try {
  const options = process.argv.slice(3);
  // Two names of different length: what depends on a path shows.
  const [[kernel, first] = []] = await buildIn(join(scratch, 'a'), options);
  const bare = ['--series', 'none'];
  const second = (await buildIn(join(scratch, 'another-place'), bare, options)).get(kernel);
  const same = first !== undefined && first === second;
  process.stdout.write(
    `TAP version 14\n1..1\n${same ? 'ok' : 'not ok'} 1 - two builds give one bzImage\n`,
  );
  process.stdout.write(`  ---\n  first: ${first}\n  second: ${second}\n  ...\n`);
  process.exitCode = same ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

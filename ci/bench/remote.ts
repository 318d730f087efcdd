// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { $ } from 'zx';
import { cacheDirectory } from '../../harness/base/context.ts';
import { publicKeyText } from '../../harness/base/remote/settings.ts';
import type { RunResult } from '../../harness/run/result/result.ts';
import { ROOT, stepSeconds, type Workbench } from './workbench.ts';

/** From empty caches to TAP where a store on this machine has the kernel: what another machine waits for. */
export const remote = async (bench: Workbench): Promise<void> => {
  const nginx = ['/usr/sbin/nginx', '/usr/bin/nginx'].find((file) => existsSync(file));
  if (nginx === undefined) {
    bench.figures.skip('empty caches and a store', 'without nginx');
    return;
  }
  const { kernel } = await bench.kbt('boot-test', '--tests', 'smoke');
  const store = await startStore(nginx, bench.scratch);
  try {
    await push(bench, kernel.fingerprint, store);
    const smoke = await measure(bench, store, 'smoke', 25, '--tests', 'smoke');
    bench.figures.ratio('  of it, in the boot until SSH', smoke.seconds / smoke.boot);
    const all = await measure(bench, store, 'all programs', undefined);
    const rest = all.seconds - all.programs - all.boot - all.run;
    await bench.figures.seconds('  of it: all else', () => rest, { goal: 8, runs: 1 });
  } finally {
    store.stop();
  }
};

interface Store {
  readonly env: Readonly<Record<string, string>>;
  readonly key: string;
  readonly stop: () => void;
}

const startStore = async (nginx: string, scratch: string): Promise<Store> => {
  const home = join(scratch, 'store');
  mkdirSync(join(home, 'kbt'), { recursive: true });
  const port = await freePort();
  const file = join(scratch, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${home}/tmp;`)
    .join(' ');
  writeFileSync(
    file,
    `daemon off; pid ${home}/pid; ${process.getuid?.() === 0 ? 'user root;' : ''} events {}
http { access_log off; ${temporary} server { listen 127.0.0.1:${port}; root ${home};
  location /kbt/ { dav_methods PUT; client_max_body_size 0; } } }\n`,
  );
  const argv = ['--pdeathsig', 'TERM', '--', nginx, '-c', file, '-e', join(home, 'log')];
  const server = spawn('setpriv', argv, { stdio: 'ignore' });
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = join(scratch, 'key.pem');
  writeFileSync(key, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
  const url = `http://127.0.0.1:${port}/kbt/`;
  while (!(await fetch(url).catch(() => undefined)))
    if (server.exitCode !== null) throw new Error(`nginx does not start: see ${home}/log`);
  const env = { KBT_REMOTE: url, KBT_REMOTE_TRUST: publicKeyText(publicKey) };
  return { env, key, stop: () => server.kill() };
};

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

/** The one kernel out of a cache of its own, as a job that builds nothing has it. */
const push = async ({ figures, scratch }: Workbench, key: string, store: Store): Promise<void> => {
  const cache = join(scratch, 'pushed');
  const entry = join('kernels', key);
  cpSync(join(cacheDirectory(process.env), entry), join(cache, entry), { recursive: true });
  const env = { ...process.env, ...store.env, KBT_CACHE: cache, KBT_REMOTE_KEY: store.key };
  const run = $({ cwd: ROOT, quiet: true, env });
  await figures.seconds('a kernel pushed', () => run`node ci/start.mjs cache push`, { runs: 1 });
};

interface Measured {
  readonly seconds: number;
  readonly boot: number;
  readonly programs: number;
  /** What all programs took. */
  readonly run: number;
}

const measure = async (
  { figures, scratch }: Workbench,
  store: Store,
  what: string,
  goal: number | undefined,
  ...args: readonly string[]
): Promise<Measured> => {
  const cache = join(scratch, 'empty');
  const json = join(scratch, 'remote.json');
  rmSync(cache, { recursive: true, force: true });
  const env = { ...process.env, ...store.env, KBT_CACHE: cache };
  const run = $({ cwd: ROOT, quiet: true, nothrow: true, env });
  const seconds = await figures.seconds(
    `empty caches and a store, ${what}`,
    () => run`npm run -s boot-test -- --json ${json} ${args}`,
    { runs: 1, ...(goal === undefined ? {} : { goal }) },
  );
  const result = JSON.parse(readFileSync(json, 'utf8')) as RunResult;
  const steps = stepSeconds(result);
  for (const [step, took] of Object.entries(steps))
    await figures.seconds(`  of it: ${step}`, () => took, { runs: 1 });
  const ran = result.programs.reduce((sum, program) => sum + program.milliseconds, 0) / 1000;
  await figures.seconds('  of it: what ran', () => ran, { runs: 1 });
  return { seconds, boot: steps['boot'] ?? 0, programs: steps['programs'] ?? 0, run: ran };
};

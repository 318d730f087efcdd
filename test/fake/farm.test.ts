// SPDX-License-Identifier: MIT
import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { test, type Fake } from '../support/fake.ts';
import { kbt, until } from '../support/kbt.ts';
import { freePort, whereIs } from '../support/servers.ts';

/** Ten files, so that there is something to hand out. */
const SOURCES = Object.fromEntries(
  Array.from({ length: 10 }, (_, n) => [
    `kernel/many_${n}.c`,
    `int many_${n}(void) { return ${n}; }\n`,
  ]),
);

/** Two users on two machines, as far as caches go: each builds the same kernel in a cache of their own. */
const builds = async (fake: Fake, env: Readonly<Record<string, string>>) => {
  const series = await fake.series([SOURCES]);
  return async (name: string) => {
    const own = join(fake.directory, name);
    await mkdir(own);
    const ran = await kbt([...fake.args, '--series-dir', series], {
      ...fake.env,
      ...env,
      KBT_CACHE: own,
      CCACHE_DIR: join(own, 'ccache'),
    });
    expect(ran.stderr).toContain('not built before');
    const stats = await execa('ccache', ['--print-stats'], {
      env: { CCACHE_DIR: join(own, 'ccache') },
    });
    const count = (key: string): number =>
      Number(new RegExp(`^${key}\\t(\\d+)$`, 'm').exec(stats.stdout)?.[1] ?? 0);
    const [kernel = ''] = await readdir(join(own, 'kernels'));
    const bytes = await readFile(join(own, 'kernels', kernel, 'bzImage'), 'base64');
    return { count, kernel, bytes };
  };
};

/** What one machine compiled another takes from a storage: the same kernel, and nothing is compiled. */
const takesFromAnother = async (fake: Fake, storage: string): Promise<void> => {
  const build = await builds(fake, { CCACHE_REMOTE_STORAGE: storage });
  const first = await build('one');
  expect(first.count('remote_storage_hit')).toBe(0);
  expect(first.count('cache_miss')).toBeGreaterThanOrEqual(10);
  const second = await build('two');
  expect(second.count('cache_miss')).toBe(0);
  expect(second.count('remote_storage_hit')).toBeGreaterThanOrEqual(10);
  expect([second.kernel, second.bytes]).toEqual([first.kernel, first.bytes]);
};

test('what one machine compiled, another takes over HTTP', async ({ fake }) => {
  const stored = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url = '' } = request;
      if (method === 'PUT') stored.set(url, Buffer.concat(chunks));
      const found = stored.get(url);
      response.statusCode = found ? 200 : 404;
      response.end(method === 'GET' ? found : undefined);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  try {
    const port = typeof address === 'object' && address ? address.port : 0;
    await takesFromAnother(fake, `http://127.0.0.1:${port}`);
    expect(stored.size).toBeGreaterThanOrEqual(10);
  } finally {
    server.close();
  }
});

test.skipIf(!whereIs('redis-server'))(
  'what one machine compiled, another takes from Redis',
  async ({ fake }) => {
    const port = await freePort();
    const redis = execa('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '']);
    redis.catch(() => undefined);
    await until(async () => {
      const asked = await execa('redis-cli', ['-p', `${port}`, 'ping'], { reject: false });
      return asked.stdout === 'PONG';
    });
    try {
      await takesFromAnother(fake, `redis://127.0.0.1:${port}`);
    } finally {
      redis.kill();
      await redis.catch(() => undefined);
    }
  },
);

test.skipIf(!whereIs('distccd'))(
  'what ccache does not know is compiled by distcc',
  async ({ fake }) => {
    const port = await freePort();
    const options = ['--no-detach', '--daemon', '--port', `${port}`, '--listen', '127.0.0.1'];
    const more = ['--allow', '127.0.0.1', '--log-stderr'];
    // By root it is started as a user of its own, who has no part in our directories.
    const distccd = execa('distccd', [...options, ...more, '--log-level', 'info'], {
      cwd: '/',
      env: { TMPDIR: '/tmp' },
    });
    distccd.catch(() => undefined);
    let log = '';
    distccd.stderr.on('data', (said: Buffer) => (log += said.toString()));
    await until(() => log.includes('listening') || distccd.exitCode !== null);
    try {
      const there = await builds(fake, { KBT_DISTCC: `127.0.0.1:${port}/3` });
      const far = await there('far');
      expect(log.match(/COMPILE_OK/g)?.length).toBeGreaterThanOrEqual(10);
      expect(far.count('cache_miss')).toBeGreaterThanOrEqual(10);
    } finally {
      distccd.kill();
      await distccd.catch(() => undefined);
    }
  },
);

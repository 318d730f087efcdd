// SPDX-License-Identifier: MIT
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Context } from '../../../harness/base/context.ts';
import { digest, type Fingerprint } from '../../../harness/base/fingerprint.ts';
import { RemoteStore } from '../../../harness/base/remote/remote-store.ts';
import { publicKeyText } from '../../../harness/base/remote/settings.ts';
import { signed } from '../../../harness/base/remote/signed.ts';
import { fetchKernel } from '../../../harness/kernel/remote/fetch-kernel.ts';
import { FILES, type KernelManifest } from '../../../harness/kernel/remote/manifest.ts';
import { pushKernels } from '../../../harness/kernel/remote/push-kernels.ts';

const KEY = digest('a kernel') as Fingerprint;
const TOOLS = { cc: 'gcc 1', ld: 'ld 2', programs: 'abc' };
const OURS = generateKeyPairSync('ed25519').privateKey;
const THEIRS = generateKeyPairSync('ed25519').privateKey;
const RECORD = {
  release: '6',
  warnings: [],
  headers: '',
  touched: [],
  owners: {},
  toolchain: TOOLS,
};

type Answers = (request: IncomingMessage, response: ServerResponse) => void;

let scratch = '';
let server: Server;
let answers: Answers;
let asked: string[] = [];
/** What the server keeps that takes PUT. */
let kept = new Map<string, Buffer>();

const keeps: Answers = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const name = (request.url ?? '').slice('/kbt/'.length);
    if (request.method === 'PUT') kept.set(name, Buffer.concat(chunks));
    const found = kept.get(name);
    response.writeHead(found ? 200 : 404, { 'content-length': found?.length ?? 0 });
    response.end(request.method === 'GET' ? found : undefined);
  });
};

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'kbt-remote-'));
  asked = [];
  kept = new Map();
  answers = keeps;
  server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    answers(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(scratch, { recursive: true, force: true });
});

const store = (keys: readonly (typeof OURS)[] = [OURS]): RemoteStore => {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const url = `http://127.0.0.1:${port}/kbt/`;
  const settings = { url, authorization: undefined, trusted: keys.map(publicKeyText) };
  return new RemoteStore(settings, { first: 300, whole: 3000 });
};

const contextIn = (cache: string, remote: RemoteStore, said: string[] = []): Context => ({
  ...{ root: scratch, project: scratch, env: {}, cache: join(scratch, cache), remote },
  signal: new AbortController().signal,
  emit: (event) => {
    if (event.type === 'warning') said.push(event.text);
    if (event.type === 'step' && event.reason === 'end' && event.miss) said.push(event.miss);
  },
});

/** Asks for the kernel; gives whether it came, what was said, and what the cache holds then. */
const ask = async (remote = store(), key = KEY, tools = TOOLS) => {
  const said: string[] = [];
  const context = contextIn('asks', remote, said);
  const home = join(context.cache, 'kernels', key);
  const came = await fetchKernel(context, { key, tools, home });
  const left = await readdir(join(context.cache, 'kernels')).catch(() => []);
  return { came: came.ok && came.value, said: said.join('\n'), left };
};

/** An entry of a cache, as a build leaves it. */
const build = async (cache: string): Promise<void> => {
  const home = join(scratch, cache, 'kernels', KEY);
  const files = [...FILES, 'include/headers/linux/one.h', 'include/kselftest/two.h'];
  for (const name of files) {
    await mkdir(dirname(join(home, name)), { recursive: true });
    const text = name === 'kernel.json' ? JSON.stringify(RECORD) : `${name}\n`.repeat(100);
    await writeFile(join(home, name), text);
  }
};

const push = async (cache: string, key = OURS): Promise<void> => {
  await build(cache);
  const remote = store();
  const pushed = await pushKernels(contextIn(cache, remote), { remote, key }, [], () => undefined);
  expect(pushed).toEqual({ ok: true, value: undefined });
};

const name = `kernel-${KEY}`;
const manifestOf = (): KernelManifest =>
  JSON.parse((kept.get(name) ?? '').toString().split('\n')[1] ?? '') as KernelManifest;
/** Signs a manifest that says something else. */
const rewrite = (change: (manifest: KernelManifest) => object, key = OURS): void => {
  kept.set(name, signed(JSON.stringify(change(manifestOf())), key));
};
const withFiles = (files: readonly object[]) => (manifest: KernelManifest) => {
  const [, ...others] = manifest.parts;
  return { ...manifest, parts: [{ ...manifest.parts[0], files }, ...others] };
};

describe('a server', () => {
  const html = '<html>'.repeat(100);
  const SERVERS: readonly (readonly [string, Answers, string])[] = [
    ['500', (_, response) => response.writeHead(500).end(), 'HTTP 500'],
    ['HTML', (_, response) => response.end(html), 'what it answers is not signed'],
    [
      'an endless body',
      (_, response) => {
        const more = (): void => {
          while (response.write('x'.repeat(65_536)));
        };
        response.on('drain', more);
        more();
      },
      'is longer than 1048576 bytes',
    ],
    [
      'a redirect to elsewhere',
      (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
      'it redirects to http://127.0.0.1:9/',
    ],
    ['nothing', () => undefined, 'no answer within 0.3 s'],
    [
      'a body that does not come',
      (_, response) => {
        response.writeHead(200, { 'content-length': 1000 });
        response.flushHeaders();
      },
      'no answer within 0.3 s',
    ],
    ['a cut connection', (_, response) => response.destroy(), 'other side closed'],
  ];
  test.for(SERVERS)('that answers %s is told once, and not asked again', async ([, wrong, why]) => {
    answers = wrong;
    const remote = store();
    const first = await ask(remote);
    expect(first).toMatchObject({ came: false, left: [] });
    expect(first.said).toMatch(/^http:\S+ is not used in this run: [^\n]+\nrefused$/);
    expect(first.said).toContain(why);
    const before = asked.length;
    expect(await ask(remote, digest('another') as Fingerprint)).toMatchObject({ said: '' });
    expect(asked.length).toBe(before);
  });

  test('that is too slow for what it has is given up', async () => {
    await push('one');
    const slowly = kept;
    answers = (request, response) => {
      const found = slowly.get((request.url ?? '').slice('/kbt/'.length));
      if (request.url?.includes('/part-')) response.write('x');
      else response.end(found);
    };
    expect((await ask()).said).toContain('at this rate the download takes longer than 3 s');
  });
});

describe('a kernel', () => {
  test('comes as it was pushed, is there once, and a miss names its reason', async () => {
    await push('one');
    expect(await ask()).toEqual({ came: true, said: '', left: [KEY] });
    const other = digest('another') as Fingerprint;
    expect((await ask(store(), other)).said).toBe('not-there');
    expect((await ask(store(), other, { ...TOOLS, cc: 'gcc 2' })).said).toBe('other-toolchain');
    const puts = asked.filter((line) => line.startsWith('PUT'));
    expect(puts.at(-2)).toBe(`PUT /kbt/${name}`);
    await push('one');
    expect(asked.filter((line) => line.startsWith('PUT /kbt/part-')).length).toBe(
      puts.filter((line) => line.startsWith('PUT /kbt/part-')).length,
    );
  });

  test('of two who push at once is whole, whosever it is', async () => {
    await Promise.all([push('one', OURS), push('two', THEIRS)]);
    expect(await ask(store([OURS, THEIRS]))).toMatchObject({ came: true, said: '' });
  });

  const big = [{ name: 'bzImage', size: 2 ** 31 }];
  const WRONG: readonly (readonly [string, () => void, string])[] = [
    ['signed by somebody else', () => rewrite((m) => m, THEIRS), 'KBT_REMOTE_TRUST does not name'],
    [
      'changed',
      () =>
        kept.set(
          name,
          Buffer.from((kept.get(name) ?? '').toString().replace('"kernel"', '"kErnel"')),
        ),
      'it is cut, or was changed',
    ],
    [
      'cut',
      () => kept.set(name, kept.get(name)?.subarray(0, -9) ?? Buffer.alloc(0)),
      'it is cut, or',
    ],
    [
      'another one',
      () => rewrite((m) => ({ ...m, fingerprint: digest('x') })),
      'it is another one',
    ],
    [
      'with an absolute path',
      () => rewrite(withFiles([{ name: '/etc/passwd', size: 1 }])),
      '"/etc/passwd" is no plain name',
    ],
    [
      'with a way out',
      () => rewrite(withFiles([{ name: 'include/../../x', size: 1 }])),
      '"include/../../x" is no plain name',
    ],
    [
      'with a program',
      () => rewrite(withFiles([{ name: 'run', size: 1 }])),
      'is no file of a kernel',
    ],
    [
      'with a link',
      () => rewrite(withFiles([{ name: 'bzImage', size: 1, link: '/etc/passwd' }])),
      'Unrecognized key: "link"',
    ],
    ['too large', () => rewrite(withFiles([...big, ...big])), 'it is too large'],
    [
      'without an image',
      () => rewrite(withFiles([{ name: 'include/x', size: 1 }])),
      'it has no bzImage',
    ],
    [
      'with a part that was exchanged',
      () => {
        const [part] = manifestOf().parts;
        const bytes = Buffer.alloc(part?.size ?? 0);
        kept.set(`part-${part?.sha256 ?? ''}`, bytes);
      },
      'bzImage is not what was signed',
    ],
    [
      'with a part that is gone',
      () => kept.delete(`part-${manifestOf().parts[3]?.sha256 ?? ''}`),
      'it is not whole',
    ],
    [
      'that unpacks to more than it says',
      () => {
        const bytes = gzipSync(Buffer.alloc(10_000_000));
        const part = { sha256: digest(bytes), size: bytes.length, encoding: 'gzip' };
        kept.set(`part-${part.sha256}`, bytes);
        rewrite(({ parts: [first, ...others], ...m }) => ({
          ...m,
          parts: [{ ...part, files: first?.files }, ...others],
        }));
      },
      'bzImage does not unpack to its size',
    ],
    [
      'whose kernel.json is none',
      () => {
        const bytes = Buffer.from('{}');
        const part = { sha256: digest(bytes), size: 2, encoding: 'identity' };
        kept.set(`part-${part.sha256}`, bytes);
        rewrite(({ parts, ...m }) => ({
          ...m,
          parts: parts.map((one) =>
            one.files[0]?.name === 'kernel.json'
              ? { ...part, files: [{ name: 'kernel.json', size: 2 }] }
              : one,
          ),
        }));
      },
      'its kernel.json says something else',
    ],
  ];
  test.for(WRONG)('%s is not used, told once, and leaves nothing', async ([, spoil, why]) => {
    await push('one');
    spoil();
    const remote = store();
    const first = await ask(remote);
    expect(first.said).toContain(`kernel ${KEY.slice(0, 12)} of ${remote.url} is not used: `);
    expect(first.said).toContain(why);
    expect(first).toMatchObject({ came: false, left: [] });
    expect(await ask(remote)).toMatchObject({ came: false, said: '' });
  });
});

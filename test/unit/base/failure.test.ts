// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { expect, test } from 'vitest';
import type { Event } from '../../../harness/base/events.ts';
import { FAILURE, FAILURE_KINDS } from '../../../harness/base/failure.ts';
import { countHits, readHits } from '../../../harness/base/cache/hits.ts';
import { fail } from '../../../harness/base/result.ts';
import { Connection } from '../../../harness/ssh/connection.ts';

test.for(FAILURE_KINDS)('a failure without a code of its own has that of its kind: %s', (kind) => {
  const { failure } = fail(kind, 'x');
  expect(FAILURE.parse(failure)).toEqual({ kind, code: kind, what: 'x' });
});

const listen = async (server: Pick<Server, 'listen' | 'address'>): Promise<number> => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};
const keys = ssh2.utils.generateKeyPairSync('ed25519');

test('a guest that hangs up is asked again until the signal, and was not ready', async () => {
  const over = new AbortController();
  let asked = 0;
  const server = createServer((socket) => {
    socket.destroy();
    asked += 1;
    if (asked === 3) over.abort();
  });
  const port = await listen(server);
  const login = { port, userKey: keys.private, hostKey: '' };
  const opened = await Connection.open(login, over.signal);
  expect([opened, asked]).toEqual([
    { ok: false, failure: expect.objectContaining({ code: 'ssh-not-ready' }) as unknown },
    3,
  ]);
  server.close();
});

test('a guest with the key of another is not asked again', async () => {
  let asked = 0;
  const server = new ssh2.Server({ hostKeys: [keys.private] }, (client) => {
    asked += 1;
    client.on('error', () => undefined);
  });
  const login = { port: await listen(server), userKey: keys.private, hostKey: 'another' };
  const opened = await Connection.open(login, new AbortController().signal);
  expect([opened, asked]).toEqual([
    { ok: false, failure: expect.objectContaining({ code: 'ssh-refused' }) as unknown },
    1,
  ]);
  server.close();
});

test('hits are counted by the reason of a miss, whatever the note says', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'kbt-hits-'));
  try {
    const end = (event: Pick<Extract<Event, { reason: 'end'; type: 'step' }>, 'step' | 'miss'>) =>
      ({
        type: 'step',
        reason: 'end',
        milliseconds: 1,
        cached: false,
        note: 'n',
        ...event,
      }) as const;
    const { emit, keep } = countHits(() => undefined);
    emit(end({ step: 'kernel', miss: 'changed' }));
    emit(end({ step: 'kernel', miss: 'not-built' }));
    emit({ ...end({ step: 'kernel' }), cached: true });
    emit(end({ step: 'image' }));
    // No value of it is kept.
    emit(end({ step: 'boot' }));
    await keep(cache);
    expect(await readHits(cache)).toEqual({
      kernel: { hits: 1, misses: { changed: 1, 'not-built': 1 } },
      image: { hits: 0, misses: { 'not-there': 1 } },
    });
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
});

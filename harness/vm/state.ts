// SPDX-License-Identifier: MIT
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { listen } from './listen.ts';
import type { Qmp } from './qmp.ts';

/** No other traffic uses the socket: no limit, in bytes a second. */
const BANDWIDTH = 64 * 1024 ** 3;

/**
 * Writes a machine's state to a file, by a socket of ours: QEMU may open no file
 * and start no program. The machine stands still meanwhile and then goes on.
 */
export const saveState = async (qmp: Qmp, socket: string, file: string): Promise<boolean> => {
  const server = await listen(socket);
  await qmp.execute('stop');
  await qmp.execute('migrate-set-parameters', { 'max-bandwidth': BANDWIDTH });
  const written = server.connected
    .then((from) => pipeline(from, createWriteStream(file, { mode: 0o600 })))
    .then(
      () => true,
      () => false,
    );
  const sent = await qmp.migrate('migrate', `unix:${socket}`);
  server.close();
  const whole = sent && (await written);
  await qmp.execute('cont');
  return whole;
};

/** Takes the state that QEMU's standard input gives, and goes on from there. */
export const loadState = async (qmp: Qmp): Promise<boolean> => {
  if (!(await qmp.migrate('migrate-incoming', 'fd:0'))) return false;
  return (await qmp.execute('cont')) !== undefined;
};

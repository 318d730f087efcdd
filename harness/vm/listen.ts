// SPDX-License-Identifier: MIT
import { createServer, type Socket } from 'node:net';

/** Listens on a Unix socket until one has connected. */
export const listen = async (path: string) => {
  const server = createServer();
  const connected = new Promise<Socket>((resolve) => {
    server.once('connection', (socket) => {
      resolve(socket);
      server.close();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return { connected, close: () => server.close() };
};

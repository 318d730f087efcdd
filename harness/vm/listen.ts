// SPDX-License-Identifier: MIT
import { createServer, type Socket } from 'node:net';

/** Listens on a Unix socket until one has connected. */
export const listen = async (path: string) => {
  const server = createServer();
  // Where the other side never comes, the run is not kept from its end.
  server.unref();
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

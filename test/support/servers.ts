// SPDX-License-Identifier: MIT
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { until } from './kbt.ts';

/** Where a command of a Debian package lies that a machine can do without; undefined where it is not. */
export const whereIs = (command: string): string | undefined =>
  [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin']
    .map((directory) => join(directory, command))
    .find((file) => existsSync(file));

/** A port of loopback's that nobody has. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
};

/** Servers that take files by PUT and give them by GET, as Debian has them. */
export const SERVERS = ['nginx', 'apache2'] as const;
export type ServerName = (typeof SERVERS)[number];

interface Place {
  readonly home: string;
  readonly port: number;
}

/** Of nginx the part of ci/README.md, and what a server of its own needs besides. */
const nginx = ({ home, port }: Place): string => `
daemon off; pid ${home}/pid; error_log ${home}/log;
${process.getuid?.() === 0 ? 'user root;' : ''}
events {}
http {
  access_log off;
  client_body_temp_path ${home}/tmp; proxy_temp_path ${home}/tmp; fastcgi_temp_path ${home}/tmp;
  uwsgi_temp_path ${home}/tmp; scgi_temp_path ${home}/tmp;
  server {
    listen 127.0.0.1:${port};
    location /kbt/ {
      root ${home}/data;
      dav_methods PUT;
      client_max_body_size 0;
    }
  }
}
`;

const apache2 = ({ home, port }: Place): string => `
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${home}/pid
ErrorLog ${home}/log
DavLockDB ${home}/tmp/locks
${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
${['mpm_prefork', 'authz_core', 'dav', 'dav_fs']
  .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
  .join('\n')}
DocumentRoot ${home}/data
<Directory ${home}/data/kbt>
  Dav On
  Require all granted
</Directory>
`;

/** Starts a server below a directory, on loopback; gives its address and the way to end it. */
export const startServer = async (
  name: ServerName,
  directory: string,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> => {
  const home = join(directory, name);
  const port = await freePort();
  await mkdir(join(home, 'data', 'kbt'), { recursive: true });
  await mkdir(join(home, 'tmp'));
  // By root apache2 works as a user of its own.
  for (const open of [directory, home]) await chmod(open, 0o755);
  for (const open of ['tmp', 'data/kbt']) await chmod(join(home, open), 0o777);
  const file = join(home, 'conf');
  await writeFile(file, { nginx, apache2 }[name]({ home, port }));
  const options = {
    nginx: ['-c', file, '-e', join(home, 'log')],
    apache2: ['-DFOREGROUND', '-f', file],
  };
  // In a group of its own: apache2 ends all of the one that it is in.
  const argv = ['--pdeathsig', 'TERM', '--', whereIs(name) ?? name, ...options[name]];
  const server = execa('setpriv', argv, { reject: false, detached: true });
  const url = `http://127.0.0.1:${port}/kbt`;
  await until(async () => {
    if (server.exitCode !== null) throw new Error((await server).stderr);
    return fetch(`${url}/nothing`).then(
      (answer) => answer.status === 404,
      () => false,
    );
  });
  return {
    url,
    stop: async () => {
      server.kill();
      await server;
    },
  };
};

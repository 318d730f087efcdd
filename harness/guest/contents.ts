// SPDX-License-Identifier: MIT
import { join } from 'node:path';

/** Files of the host that go into the image. */
export interface Parts {
  readonly init: string;
  readonly observer: string;
  readonly busybox: string;
  readonly dropbear: string;
  readonly libraries: readonly Library[];
}

/** A library, by its path in the guest and the file of the host. */
export interface Library {
  readonly path: string;
  readonly file: string;
}

/** Busybox applets that programs and the harness call by name. */
export const APPLETS = [
  'sh',
  'cat',
  'cp',
  'mv',
  'rm',
  'mkdir',
  'rmdir',
  'ln',
  'ls',
  'chmod',
  'chown',
  'echo',
  'printf',
  'test',
  '[',
  'true',
  'false',
  'env',
  'id',
  'uname',
  'sleep',
  'timeout',
  'kill',
  'killall',
  'ps',
  'top',
  'free',
  'dmesg',
  'mount',
  'umount',
  'grep',
  'sed',
  'awk',
  'head',
  'tail',
  'sort',
  'uniq',
  'wc',
  'cut',
  'tr',
  'tee',
  'xargs',
  'find',
  'dd',
  'od',
  'hexdump',
  'tar',
  'gzip',
  'gunzip',
  'cpio',
  'ip',
  'ifconfig',
  'ping',
  'nc',
  'sysctl',
  'stat',
  'readlink',
  'mknod',
  'mktemp',
  'date',
  'seq',
  'setsid',
  'su',
  'chroot',
  'poweroff',
  'reboot',
  'insmod',
  'rmmod',
  'lsmod',
  'vi',
  'less',
  'strings',
];

/** The list that usr/gen_init_cpio reads: device nodes and owners without being root. */
export const specification = (scratch: string, parts: Parts): string => {
  const directories = [
    '/dev',
    '/proc',
    '/sys',
    '/bin',
    '/sbin',
    '/etc',
    '/etc/dropbear',
    '/root',
    '/run',
    '/tests',
    '/lib',
    '/lib64',
    '/usr',
    '/usr/lib',
    '/usr/bin',
    ...new Set(parts.libraries.flatMap(({ path }) => ancestors(path))),
  ];
  const lines = [
    ...[...new Set(directories)].map((d) => `dir ${d} 0755 0 0`),
    'dir /root/.ssh 0700 0 0',
    'dir /tmp 1777 0 0',
    'nod /dev/console 0600 0 0 c 5 1',
    'nod /dev/null 0666 0 0 c 1 3',
    `file /init ${parts.init} 0755 0 0`,
    `file /sbin/observer ${parts.observer} 0755 0 0`,
    `file /bin/busybox ${parts.busybox} 0755 0 0`,
    `file /sbin/dropbear ${parts.dropbear} 0755 0 0`,
    `file /etc/dropbear/host_key ${join(scratch, 'host_key')} 0600 0 0`,
    `file /root/.ssh/authorized_keys ${join(scratch, 'authorized_keys')} 0600 0 0`,
    `file /etc/passwd ${join(scratch, 'passwd')} 0644 0 0`,
    `file /etc/group ${join(scratch, 'group')} 0644 0 0`,
    ...parts.libraries.map(({ path, file }) => `file ${path} ${file} 0755 0 0`),
    ...APPLETS.map((name) => `slink /bin/${name} busybox 0777 0 0`),
  ];
  return `${lines.join('\n')}\n`;
};

const ancestors = (file: string): string[] => {
  const parts = file.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
};

// SPDX-License-Identifier: MIT
import { basename, join } from 'node:path';
import type { Member } from './cpio.ts';

/** Files of the host that go into the image. */
export interface Parts {
  readonly init: string;
  readonly observer: string;
  readonly starter: string;
  readonly busybox: string;
  readonly dropbear: string;
  readonly libraries: readonly Library[];
  /** Of the kernel, in the order in which init loads them; their names are in that order, too. */
  readonly modules: readonly string[];
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

/** All that the image holds; `scratch` has the files that were made for it. */
export const membersOf = (scratch: string, parts: Parts): readonly Member[] => {
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
    ...(parts.modules.length > 0 ? ['/modules'] : []),
    ...new Set(parts.libraries.flatMap(({ path }) => ancestors(path))),
  ];
  return [
    ...[...new Set(directories)].map((path) => directory(path, 0o755)),
    directory('/root/.ssh', 0o700),
    directory('/tmp', 0o1777),
    { kind: 'characters', path: '/dev/console', mode: 0o600, major: 5, minor: 1 },
    { kind: 'characters', path: '/dev/null', mode: 0o666, major: 1, minor: 3 },
    program('/init', parts.init),
    program('/sbin/observer', parts.observer),
    program('/sbin/starter', parts.starter),
    program('/bin/busybox', parts.busybox),
    program('/sbin/dropbear', parts.dropbear),
    file('/etc/dropbear/host_key', join(scratch, 'host_key'), 0o600),
    file('/root/.ssh/authorized_keys', join(scratch, 'authorized_keys'), 0o600),
    file('/etc/passwd', join(scratch, 'passwd'), 0o644),
    file('/etc/shells', join(scratch, 'shells'), 0o644),
    file('/etc/group', join(scratch, 'group'), 0o644),
    ...parts.libraries.map((library) => program(library.path, library.file)),
    ...parts.modules.map((module) => file(`/modules/${basename(module)}`, module, 0o644)),
    ...APPLETS.map((name) => ({
      kind: 'link' as const,
      path: `/bin/${name}`,
      target: 'busybox',
    })),
  ];
};

const directory = (path: string, mode: number): Member => ({ kind: 'directory', path, mode });
const file = (path: string, from: string, mode: number): Member => ({
  kind: 'file',
  path,
  mode,
  file: from,
});
const program = (path: string, from: string): Member => file(path, from, 0o755);

const ancestors = (path: string): string[] => {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
};

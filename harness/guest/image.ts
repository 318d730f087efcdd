// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { step, type Context } from '../base/context.ts';
import { digestFile, fingerprint, type Fingerprint } from '../base/fingerprint.ts';
import { run } from '../base/process.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { atomicDirectory } from '../base/store.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { compile } from './compile.ts';

/** The initramfs a kernel boots into, and the keys that open it. */
export interface Image {
  readonly fingerprint: Fingerprint;
  readonly file: string;
  /** OpenSSH private key of the user root. */
  readonly userKey: string;
  /** The host's public key, base64 of the SSH wire form. */
  readonly hostKey: string;
}

/** Where Debian, Fedora and Arch keep them. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  busybox: ['/bin/busybox', '/usr/bin/busybox', '/usr/sbin/busybox', '/sbin/busybox'],
  dropbear: ['/usr/sbin/dropbear', '/usr/bin/dropbear'],
};

/** Busybox applets that programs and the harness call by name. */
const APPLETS = [
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

/** Assembles the image, or takes it from the store. Fails with `environment`. */
export const obtainImage = (context: Context, kernel: Kernel): Promise<Result<Image>> =>
  step(context, 'image', 'image', async () => {
    const parts = await collect(context);
    if (!parts.ok) return parts;
    const { init, busybox, dropbear, libraries } = parts.value;
    const key = fingerprint({
      recipe: 1,
      applets: APPLETS,
      files: await Promise.all([init, busybox, dropbear, ...libraries].map(digestFile)),
    });
    const home = join(context.cache, 'images', key);
    const cached = existsSync(home);
    const made = await atomicDirectory(home, async (scratch) => {
      const keys = await makeKeys(context, scratch);
      if (!keys.ok) return keys;
      const list = join(scratch, 'list');
      await writeFile(list, specification(scratch, parts.value));
      // -t 0: no time in the archive, so that one fingerprint is one image.
      const packed = await run({
        argv: [join(kernel.directory, 'gen_init_cpio'), '-t', '0', list],
        capture: true,
        signal: context.signal,
      });
      if (packed.code !== 0)
        return fail('environment', 'gen_init_cpio cannot pack the image', {
          detail: packed.tail.slice(-5).join('\n'),
        });
      await writeFile(join(scratch, 'initramfs.cpio'), packed.stdout, { mode: 0o600 });
      return ok(undefined);
    });
    if (!made.ok) return made;
    const image: Image = {
      fingerprint: key,
      file: join(home, 'initramfs.cpio'),
      userKey: await readFile(join(home, 'user_key'), 'utf8'),
      hostKey: await readFile(join(home, 'host_key.pub'), 'utf8'),
    };
    return ok({ value: image, cached });
  });

interface Parts {
  readonly init: string;
  readonly busybox: string;
  readonly dropbear: string;
  readonly libraries: readonly string[];
}

const collect = async (context: Context): Promise<Result<Parts>> => {
  const [busybox, dropbear] = ['busybox', 'dropbear'].map((name) =>
    PLACES[name]?.find((path) => existsSync(path)),
  );
  if (busybox === undefined || dropbear === undefined)
    return fail('environment', `${busybox ? 'dropbear' : 'busybox'} is missing`, {
      remedy: 'npm run doctor names the package',
    });
  const init = await compile(context, join(context.root, 'guest', 'init', 'init.c'), undefined);
  if (!init.ok) return init;
  const ldd = await run({ argv: ['ldd', dropbear], capture: true, signal: context.signal });
  const libraries = [...ldd.stdout.toString().matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(
    (m) => m[1] ?? '',
  );
  return ok({ init: init.value.file, busybox, dropbear, libraries });
};

const makeKeys = async (context: Context, scratch: string): Promise<Result<void>> => {
  const hostKey = join(scratch, 'host_key');
  const made = await run({
    argv: ['dropbearkey', '-t', 'ed25519', '-f', hostKey],
    capture: true,
    signal: context.signal,
  });
  const publicKey = /^ssh-ed25519 (\S+)/m.exec(made.stdout.toString())?.[1];
  if (made.code !== 0 || publicKey === undefined)
    return fail('environment', 'dropbearkey cannot make a host key', {
      detail: made.tail.slice(-5).join('\n'),
    });
  const user = ssh2.utils.generateKeyPairSync('ed25519');
  await writeFile(join(scratch, 'host_key.pub'), publicKey);
  await writeFile(join(scratch, 'user_key'), user.private, { mode: 0o600 });
  await writeFile(join(scratch, 'authorized_keys'), `${user.public}\n`, { mode: 0o600 });
  await writeFile(
    join(scratch, 'passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n',
  );
  await writeFile(join(scratch, 'group'), 'root:x:0:\nnogroup:x:65534:\n');
  await chmod(hostKey, 0o600);
  return ok(undefined);
};

/** The list that usr/gen_init_cpio reads: device nodes and owners without being root. */
const specification = (scratch: string, parts: Parts): string => {
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
    ...new Set(parts.libraries.flatMap((file) => ancestors(file))),
  ];
  const lines = [
    ...[...new Set(directories)].map((d) => `dir ${d} 0755 0 0`),
    'dir /root/.ssh 0700 0 0',
    'dir /tmp 1777 0 0',
    'nod /dev/console 0600 0 0 c 5 1',
    'nod /dev/null 0666 0 0 c 1 3',
    `file /init ${parts.init} 0755 0 0`,
    `file /bin/busybox ${parts.busybox} 0755 0 0`,
    `file /sbin/dropbear ${parts.dropbear} 0755 0 0`,
    `file /etc/dropbear/host_key ${join(scratch, 'host_key')} 0600 0 0`,
    `file /root/.ssh/authorized_keys ${join(scratch, 'authorized_keys')} 0600 0 0`,
    `file /etc/passwd ${join(scratch, 'passwd')} 0644 0 0`,
    `file /etc/group ${join(scratch, 'group')} 0644 0 0`,
    ...parts.libraries.map((file) => `file ${file} ${file} 0755 0 0`),
    ...APPLETS.map((name) => `slink /bin/${name} busybox 0777 0 0`),
  ];
  return `${lines.join('\n')}\n`;
};

const ancestors = (file: string): string[] => {
  const parts = file.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
};

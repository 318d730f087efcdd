// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { lstat, mkdir, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { run } from '../../base/process/process.ts';
import { fail, ok, type Result } from '../../base/result.ts';

/** An installed package of Debian's. */
export interface Package {
  readonly name: string;
  readonly version: string;
}

/** Without these few scripts of the kernel's run at all. */
const NEEDED = ['bash', 'coreutils', 'iproute2', 'perl', 'util-linux'];

/** What scripts look for, and what programs are linked with: taken where it is installed. */
const WELCOME = [
  ...['acl', 'attr', 'bc', 'e2fsprogs', 'ethtool', 'gawk', 'iputils-ping', 'jq', 'keyutils'],
  ...['kmod', 'libasound2', 'libcap2', 'libcap2-bin', 'libfuse2', 'libmnl0', 'libnuma1'],
  ...[
    // What the sanitizers of gcc 12 to 14 are linked with.
    'libasan8',
    'libubsan1',
    'libpopt0',
    'mount',
    'netcat-openbsd',
    'nftables',
    'procps',
    'psmisc',
    'python3',
    'socat',
    'strace',
  ],
];

interface Known extends Package {
  readonly essential: boolean;
  /** Each a choice. */
  readonly depends: readonly (readonly string[])[];
  readonly provides: readonly string[];
}

/**
 * The packages of a root for the kernel's own tests, out of what is installed here: Debian's
 * essential ones, a few more, and all that they depend on. Fails with `environment`, naming those
 * that are missing.
 */
export const packagesForTests = async (): Promise<Result<readonly Package[]>> => {
  const fields = ['Package', 'Version', 'Essential', 'Pre-Depends', 'Depends', 'Provides'];
  const format = `\${db:Status-Abbrev}\t${fields.map((name) => `\${${name}}`).join('\t')}\n`;
  const asked = await run({ argv: ['dpkg-query', '-W', '-f', format], capture: true });
  if (asked.code !== 0)
    return fail('environment', 'kbt makes a root for --kselftest out of Debian’s packages alone', {
      code: 'tool-missing',
      remedy: 'give a root of yours with --rootfs: it needs bash, coreutils, perl and iproute2',
    });
  const all = asked.stdout.toString().split('\n').flatMap(read);
  const missing = NEEDED.filter((name) => !all.some((one) => one.name === name));
  if (missing.length > 0)
    return fail('environment', `a root for --kselftest lacks ${missing.join(', ')}`, {
      code: 'tool-missing',
      remedy: `apt-get install ${missing.join(' ')}; or give a root of yours with --rootfs`,
    });
  const byName = new Map<string, Known>();
  for (const one of all) for (const name of one.provides) byName.set(name, one);
  for (const one of all) byName.set(one.name, one);
  const taken = new Set<Known>();
  const waiting = [
    ...all.filter(({ essential }) => essential).map(({ name }) => name),
    ...[...NEEDED, ...WELCOME],
  ];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const one = byName.get(name);
    if (!one || taken.has(one)) continue;
    taken.add(one);
    for (const choice of one.depends)
      waiting.push(choice.find((each) => byName.has(each)) ?? choice[0] ?? '');
  }
  const packages = [...taken].map(({ name, version }) => ({ name, version }));
  return ok(packages.sort((a, b) => (a.name < b.name ? -1 : 1)));
};

const read = (line: string): readonly Known[] => {
  const [status, name = '', version = '', essential, pre = '', depends = '', provides = ''] =
    line.split('\t');
  if (status?.trim() !== 'ii') return [];
  const bare = (text: string): string => text.replace(/[ (:].*$/, '');
  const choices = [...pre.split(', '), ...depends.split(', ')].map((each) =>
    each.split(' | ').map(bare),
  );
  return [
    {
      ...{ name, version, essential: essential === 'yes' },
      depends: choices,
      provides: provides.split(', ').map(bare),
    },
  ];
};

/** What a root does not need of a package. */
const LEFT_OUT =
  /^\/(?:boot|dev|proc|sys|tmp|run)\/|^\/usr\/(?:include|share\/(?:doc|man|info|locale|lintian|bug|help|gtk-doc|common-licenses|zoneinfo)|lib\/[^/]+\/gconv)\/|\.(?:a|h)$/;

/** What packages make when they are installed, and directories that mounts want. */
const BESIDE = [
  ...['/etc/alternatives', '/etc/group', '/etc/ld.so.cache', '/etc/nsswitch.conf', '/etc/passwd'],
  ...['/etc/hosts', '/etc/protocols', '/etc/services'],
];
const EMPTY = ['dev', 'home', 'mnt', 'proc', 'root', 'run', 'sys', 'tmp', 'var/tmp'];

/** What tells whether what packages have made is another now; a directory by its own time alone. */
export const stateBeside = async (): Promise<readonly string[]> => {
  const stats = await Promise.all(BESIDE.map((path) => lstat(path).catch(() => undefined)));
  return stats.map((one, index) => `${BESIDE[index] ?? ''} ${one?.size ?? 0} ${one?.ctimeMs ?? 0}`);
};

/** Copies the files of packages, as they are installed here, into a directory. Fails with `environment`. */
export const copyPackages = async (
  packages: readonly Package[],
  to: string,
): Promise<Result<void>> => {
  const names = packages.map(({ name }) => name);
  const listed = await run({ argv: ['dpkg', '-L', ...names], capture: true });
  if (listed.code !== 0) return broken('dpkg cannot list the files', listed.tail);
  const paths = listed.stdout
    .toString()
    .split('\n')
    .filter((path) => /^\/./.test(path) && !LEFT_OUT.test(path));
  const links = ['/bin', '/sbin', '/lib', '/lib64', '/usr/bin/awk'];
  const files = new Set<string>();
  const homes = new Map<string, string>();
  // Packages may say /bin/sh where /bin is a link.
  for (const path of [...new Set([...paths, ...BESIDE, ...links])].filter((p) => existsSync(p))) {
    const home = dirname(path);
    if (!homes.has(home)) homes.set(home, await realpath(home));
    files.add(join(homes.get(home) ?? home, basename(path)).slice(1));
  }
  for (const name of EMPTY) await mkdir(join(to, name), { recursive: true });
  const archive = `${to}.tar`;
  const packed = await run({
    argv: [
      'tar',
      '-C',
      '/',
      '-cf',
      archive,
      ...['--no-recursion', '--verbatim-files-from', '-T', '-'],
    ],
    stdin: [...files, ''].join('\n'),
  });
  const ended = packed.code === 0 ? await run({ argv: ['tar', '-C', to, '-xf', archive] }) : packed;
  await rm(archive, { force: true });
  return ended.code === 0 ? ok(undefined) : broken('tar cannot copy the files', ended.tail);
};

const broken = (what: string, tail: readonly string[]) =>
  fail('environment', `${what} of a root for --kselftest`, { detail: tail.slice(-5).join('\n') });

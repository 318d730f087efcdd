// SPDX-License-Identifier: MIT
import { generateKeyPairSync } from 'node:crypto';
import { chmod, cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect } from 'vitest';
import { digestFile } from '../../harness/base/fingerprint.ts';
import { publicKeyText } from '../../harness/base/remote/settings.ts';
import { test, type Fake } from '../support/fake.ts';
import { kbt } from '../support/kbt.ts';
import { freePort, SERVERS, startServer, whereIs } from '../support/servers.ts';

/** A key pair: the file of the private half, and the public one in a word. */
const keyPair = async (directory: string, kind: 'ed25519' | 'ed448' = 'ed25519') => {
  const { privateKey, publicKey } =
    kind === 'ed25519' ? generateKeyPairSync(kind) : generateKeyPairSync('ed448');
  const file = join(directory, `${kind}.pem`);
  await writeFile(file, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
  return { file, trust: publicKeyText(publicKey) };
};

/** A project that pins the fake tree, as a tarball; two machines test it, each with a cache of its own. */
const machines = async (fake: Fake) => {
  const { directory } = fake;
  await cp(fake.tree, join(directory, 'linux-6.12.117'), { recursive: true });
  const tarball = join(directory, 'linux.tar');
  await execa('tar', ['-cf', tarball, '-C', directory, 'linux-6.12.117']);
  const project = join(directory, 'project');
  await mkdir(join(project, 'kernel-patches', 'mine'), { recursive: true });
  const pin = {
    version: '6.12.117',
    'kernel.org': { flavour: 'vanilla', sha256: await digestFile(tarball) },
    debian: { flavour: 'debian', package: 'linux-source-6.12', versions: {} },
  };
  await writeFile(join(project, 'kernel-patches', 'pin.json'), JSON.stringify(pin));
  const series = await fake.series([{ 'kernel/one.c': 'int one;\n' }]);
  await cp(series, join(project, 'kernel-patches', 'mine'), { recursive: true });
  const bin = join(directory, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'apt-cache'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const tests = fake.args.slice(fake.args.indexOf('--accel'));
  const env = (cache: string): Readonly<Record<string, string>> => ({
    ...fake.env,
    PATH: `${bin}:${fake.env['PATH'] ?? ''}`,
    XDG_CONFIG_HOME: join(directory, 'config'),
    KBT_CACHE: join(directory, cache),
    // There is no source to be had but the tarball.
    KBT_KERNEL_MIRROR: 'http://127.0.0.1:1',
  });
  const on =
    (cache: string) =>
    (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
      kbt(args, { ...env(cache), ...more }, project);
  const built = await on('one')(['boot-test', ...tests, '--source', tarball]);
  expect(built.stderr).toContain('not built before');
  return { one: on('one'), two: on('two'), test: ['boot-test', ...tests], project };
};

describe.for(SERVERS)('%s', (name) => {
  test.skipIf(!whereIs(name))(
    'takes the kernels of one machine, and another needs neither source nor compiler for them',
    { timeout: 120_000 },
    async ({ fake }) => {
      const { one, two, test, project } = await machines(fake);
      const { file, trust } = await keyPair(fake.directory);
      const server = await startServer(name, fake.directory);
      try {
        const env = { KBT_REMOTE: server.url };
        const push = () => one(['cache', 'push'], { ...env, KBT_REMOTE_KEY: file });
        const first = await push();
        expect(first.code, first.stderr).toBe(0);
        expect(first.stdout).toMatch(/^[0-9a-f]{12} 6\.12\.117-fake: pushed, 0\.\d MiB\n/);
        expect(first.stdout).toContain(`signed by ${trust}, for KBT_REMOTE_TRUST`);
        expect((await push()).stdout).toContain('there already');

        // The project names the store; whom to trust each user says.
        await writeFile(join(project, 'kbt.yaml'), `remote: ${server.url}\n`);
        const nobody = await two(['doctor']);
        expect(nobody.stdout).toContain('is not used: KBT_REMOTE_TRUST names no key');
        await mkdir(join(fake.directory, 'config', 'kbt'), { recursive: true });
        const own = join(fake.directory, 'config', 'kbt', 'kbt.yaml');
        await writeFile(own, `remote-trust: [${trust}]\n`);
        const second = await two(test);
        expect(second.code, second.stderr).toBe(1);
        expect(second.stderr).toMatch(/= remote [\d.]+ s: 0\.\d MiB from http:/);
        expect(second.stderr).toContain('nothing to build');
        expect(second.stdout).toContain('# Linux 6.12.117-fake, source 6.12.117 vanilla');
        const made = await readdir(join(fake.directory, 'two'));
        for (const kind of ['source', 'trees', 'kits', 'ccache']) expect(made).not.toContain(kind);
        const [kernel = ''] = await readdir(join(fake.directory, 'two', 'kernels'));
        const home = join(fake.directory, 'two', 'kernels', kernel);
        for (const file of await readdir(home))
          if (file !== 'include')
            expect([file, (await stat(join(home, file))).mode & 0o111]).toEqual([file, 0]);
        const fresh = await two(['doctor']);
        expect(fresh.stdout).toMatch(/ok {5} remote store +http\S+ has kernels of gcc/);

        // Of what the store has not, the reason is told, and the source is fetched for it.
        const third = await two([...test, '--series', 'none', '--frozen']);
        expect(third.stderr).toMatch(/\+ remote [\d.]+ s: not there before/);
        expect([third.code, third.stderr]).toEqual([3, expect.stringContaining('no source for')]);
      } finally {
        await server.stop();
      }
    },
  );
});

test('a project says not whom its users trust', async ({ fake }) => {
  const project = join(fake.directory, 'project');
  await mkdir(project);
  const { trust } = await keyPair(fake.directory);
  await writeFile(join(project, 'kbt.yaml'), `remote-trust: ${trust}\n`);
  const { code, stderr } = await kbt(['boot-test'], fake.env, project);
  expect(code).toBe(64);
  expect(stderr).toContain('remote-trust is not for a project to say');
});

test('a push with a key that is open to others, of another kind, or none is refused before anything is sent', async ({
  fake,
}) => {
  const push = (env: Readonly<Record<string, string>>) =>
    kbt(['cache', 'push'], { ...fake.env, KBT_REMOTE: 'http://127.0.0.1:1/', ...env });
  const { file } = await keyPair(fake.directory);
  const other = await keyPair(fake.directory, 'ed448');
  const isRefused = async (env: Readonly<Record<string, string>>, why: string) =>
    expect(await push(env)).toMatchObject({
      code: 64,
      stderr: expect.stringContaining(why) as string,
    });
  await isRefused({ KBT_REMOTE_KEY: other.file }, 'is a key of ed448, not of ed25519');
  await isRefused({ KBT_REMOTE_KEY: fake.tree }, 'cannot read');
  await isRefused({ KBT_REMOTE_KEY: '' }, 'names no file');
  await isRefused({ KBT_REMOTE_KEY: file, KBT_REMOTE: 'ftp://host/' }, 'neither https: nor http:');
  await isRefused({ KBT_REMOTE_KEY: file, KBT_REMOTE: 'http://%zz@host/' }, 'encodes nothing');
  await isRefused({ KBT_REMOTE_KEY: file, KBT_REMOTE_TRUST: 'AAAA' }, 'is no public key');
  await chmod(file, 0o640);
  await isRefused({ KBT_REMOTE_KEY: file }, 'its mode is 0640');
});

test('a Makefile of a patch, the compiler and QEMU find nothing of key and store', async ({
  fake,
}) => {
  const home = join(fake.directory, 'home');
  await mkdir(join(home, '.config', 'kbt'), { recursive: true });
  const { file, trust } = await keyPair(fake.directory);
  await writeFile(join(home, '.config', 'kbt', 'kbt.yaml'), `remote-trust: ${trust}\n`);
  const makefile = await readFile(join(fake.tree, 'Makefile'), 'utf8');
  const spy = '$(info $(shell env; echo LOOKED in $$HOME; grep -rhs . $$HOME))\n';
  const series = await fake.series([{ Makefile: `${makefile}\n${spy}` }]);
  const bin = join(fake.directory, 'bin');
  await mkdir(bin);
  const seen = join(fake.directory, 'seen');
  const qemu = `#!/bin/sh\nenv >>${seen}\nexec ${join(fake.env['PATH']?.split(':')[0] ?? '', 'qemu-system-x86_64')} "$@"\n`;
  await writeFile(join(bin, 'qemu-system-x86_64'), qemu, { mode: 0o755 });
  const gcc = `#!/bin/sh\nenv >>${seen}\nexec /usr/bin/gcc "$@"\n`;
  await writeFile(join(bin, 'gcc'), gcc, { mode: 0o755 });
  const port = await freePort();
  const { stderr } = await kbt([...fake.args, '--series-dir', series], {
    ...fake.env,
    PATH: `${bin}:${fake.env['PATH'] ?? ''}`,
    HOME: home,
    XDG_CONFIG_HOME: '',
    KBT_REMOTE: `http://name:word@127.0.0.1:${port}/`,
    KBT_REMOTE_KEY: file,
  });
  expect(stderr).toContain(`http://127.0.0.1:${port}/ is not used in this run: connect ECONN`);
  const trees = join(fake.directory, 'cache', 'trees');
  const [tree = ''] = await readdir(trees);
  const texts = [
    await readFile(join(trees, tree, 'build.log'), 'utf8'),
    await readFile(seen, 'utf8'),
  ];
  expect(texts[0]).toContain(`LOOKED in ${home}`);
  expect(texts[1]).toContain('KBT_FAKE_QEMU=');
  for (const text of texts) {
    expect(text).toContain('PATH=');
    for (const secret of ['KBT_REMOTE', file, 'name:word', 'PRIVATE KEY'])
      expect(text).not.toContain(secret);
  }
});

// SPDX-License-Identifier: MIT
import { execa } from 'execa';
import { createServer } from 'node:http';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { kbt, marked, newMark, until } from '../support/kbt.ts';
import { test, type Fake } from '../support/fake.ts';

const C = (body: string) => `// SPDX-License-Identifier: GPL-2.0-only\nint one(void);\n\n${body}\n`;

describe('a series', () => {
  test('that does not apply names patch, file, hunk and what stands there', async ({ fake }) => {
    const series = await fake.series([{ 'kernel/one.c': C('int one(void)\n{\n\treturn 11;\n}') }]);
    await writeFile(join(fake.tree, 'kernel/one.c'), C('int one(void)\n{\n\treturn 7;\n}'));
    const { code, stderr } = await kbt([...fake.args, '--series-dir', series], fake.env);
    expect(stderr).toContain('series/0001-edit-1.patch does not apply');
    expect(stderr).toContain('patch failed: kernel/one.c');
    expect(stderr).toContain('+\treturn 11;');
    expect(stderr).toContain('return 7;');
    expect(code).toBe(2);
  });

  test('that is empty, missing, misordered or lacks a patch is refused before any work', async ({
    fake,
  }) => {
    const series = await fake.series([
      { 'kernel/one.c': C('int x;') },
      { 'kernel/one.c': C('int y;') },
    ]);
    const run = () => kbt([...fake.args, '--series-dir', series], fake.env);
    const file = join(series, 'series');
    await writeFile(file, '0002-edit-2.patch\n0001-edit-1.patch\n');
    expect(await run()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('0001-edit-1.patch comes after 0002-edit-2.patch') as string,
    });
    await writeFile(file, '# nothing yet\n');
    expect(await run()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is empty') as string,
    });
    await writeFile(file, '0003-gone.patch\n');
    expect(await run()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('0003-gone.patch, which is not there') as string,
    });
    await rm(file);
    await rename(join(series, '0002-edit-2.patch'), join(series, 'edit-2.patch'));
    expect(await run()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'has no series file, and edit-2.patch has no number',
      ) as string,
    });
    expect(await kbt([...fake.args, '--series', 'nosuch'], fake.env)).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('there is no series nosuch') as string,
    });
  });

  test('whose option does not survive names line and dependency', async ({ fake }) => {
    const series = await fake.series([{ 'kernel/one.c': C('int x;') }], 'CONFIG_NEEDY=y\n');
    const { code, stderr } = await kbt([...fake.args, '--series-dir', series], fake.env);
    expect(stderr).toContain(`${join(series, 'config')}:1: CONFIG_NEEDY is n, not y`);
    expect(stderr).toContain('ABSENT=n');
    expect(code).toBe(2);
  });

  test('with a line that is no option names the line', async ({ fake }) => {
    const series = await fake.series([{ 'kernel/one.c': C('int x;') }], 'CONFIG_A=y\nNEEDY=y\n');
    const { code, stderr } = await kbt([...fake.args, '--series-dir', series], fake.env);
    expect(stderr).toContain(`${join(series, 'config')}:2`);
    expect(code).toBe(2);
  });

  test('with a C error shows the compiler first, then the patch that owns the line', async ({
    fake,
  }) => {
    const series = await fake.series([
      { 'kernel/two.c': C('int two_and_a_half;') },
      { 'kernel/one.c': C('int one(void)\n{\n\treturn missing;\n}') },
    ]);
    const { code, stderr } = await kbt([...fake.args, '--series-dir', series], fake.env);
    expect(stderr).toContain('at: kernel/one.c:6');
    const [compiler, owner] = ["'missing' undeclared", 'series/0002-edit-2.patch'].map((text) =>
      stderr.indexOf(text),
    );
    expect(compiler).toBeGreaterThan(0);
    expect(owner).toBeGreaterThan(compiler ?? 0);
    expect(code).toBe(2);
  });

  test('that warns fails, again on the next run, and passes on with --allow-warnings', async ({
    fake,
  }) => {
    const series = await fake.series([
      { 'kernel/one.c': C('int one(void)\n{\n\tint unused;\n\n\treturn 1;\n}') },
    ]);
    const args = [...fake.args, '--series-dir', series];
    for (let time = 0; time < 2; time += 1) {
      const { code, stderr } = await kbt(args, fake.env);
      expect(stderr).toContain("kernel/one.c:6: unused variable 'unused'");
      expect(stderr).toContain('(series/0001-edit-1.patch)');
      expect(code).toBe(2);
    }
    // The fake guest panics: getting so far is what matters here.
    expect((await kbt([...args, '--allow-warnings'], fake.env)).code).toBe(1);
  });
});

describe('a source', () => {
  test('that is cut, or no kernel, or not there, is refused', async ({ fake }) => {
    const tarball = join(fake.directory, 'linux.tar.gz');
    await execa('tar', ['-czf', tarball, '-C', fake.directory, 'linux']);
    const whole = await readFile(tarball);
    await writeFile(tarball, whole.subarray(0, whole.length / 2));
    const run = (source: string) =>
      kbt(['boot-test', '--series', 'none', '--source', source], fake.env);
    expect(await run(tarball)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('cannot unpack') as string,
    });
    const other = join(fake.directory, 'other');
    await mkdir(other);
    expect(await run(other)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('is not a kernel source') as string,
    });
    expect(await run(join(fake.directory, 'gone'))).toMatchObject({ code: 3 });
    // Nothing half-written is left in the store.
    const store = await readdir(join(fake.env['KBT_CACHE'] ?? '', 'source'));
    expect(store.filter((name) => name !== 'lock')).toEqual([]);
  });

  test('that is not the pinned one is an error with --frozen', async ({ fake }) => {
    const { code, stderr } = await kbt([...fake.args, '--series', 'none', '--frozen'], fake.env);
    expect(stderr).toContain('--frozen');
    expect(code).toBe(3);
  });

  test('whose download is cut, or of another digest, is an error; a rerun resumes', async ({
    fake,
  }) => {
    const tarball = join(fake.directory, 'linux.tar.xz');
    await execa('tar', ['-cJf', tarball, '-C', fake.directory, 'linux']);
    const whole = await readFile(tarball);
    const part = join(fake.env['KBT_CACHE'] ?? '', 'downloads', 'linux-6.12.117.tar.xz.part');
    const ranges: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      ranges.push(request.headers.range);
      if (request.headers.range === undefined) {
        response.writeHead(200, { 'content-length': whole.length });
        response.write(whole.subarray(0, 100));
        // Cut only when what came has reached the disk: that is what is resumed.
        void until(() =>
          stat(part).then(
            (s) => s.size === 100,
            () => false,
          ),
        ).then(() => response.destroy());
      } else {
        response.writeHead(206, { 'content-length': whole.length - 100 });
        response.end(whole.subarray(100));
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    // Without apt there is no second place to look.
    const bin = join(fake.directory, 'bin');
    await mkdir(bin);
    for (const name of ['apt-cache', 'apt-get'])
      await writeFile(join(bin, name), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const env = {
      ...fake.env,
      PATH: `${bin}:${fake.env['PATH'] ?? ''}`,
      KBT_KERNEL_MIRROR: `http://127.0.0.1:${port ?? 0}`,
    };
    const args = ['boot-test', '--series', 'none', ...fake.args.slice(3)];
    const first = await kbt(args, env);
    expect(first.stderr).toContain('no source for Linux');
    expect(first.code).toBe(3);
    const second = await kbt(args, env);
    server.close();
    expect(ranges).toEqual([undefined, 'bytes=100-']);
    expect(second.stderr).toContain('unverified');
    // As far as the fake guest's panic.
    expect(second.code).toBe(1);
  });
});

describe('what a person misspelt', () => {
  // Where make hangs, nothing that is told can have waited for a kernel.
  const early = async (fake: Fake, ...args: readonly string[]) => {
    const env = { ...fake.env, CCACHE_FAKE_MAKE_HANGS: '1' };
    const { code, stderr } = await kbt([...fake.args, ...args], env);
    return { code, stderr };
  };
  const program = async (fake: Fake, text: string): Promise<readonly string[]> => {
    const programs = join(fake.directory, 'programs');
    await mkdir(programs, { recursive: true });
    await writeFile(join(programs, 'asks'), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return ['--series', 'none', '--test-dir', programs, '--tests', 'asks'];
  };

  test('in the needs of a program is told at its line, before the build', async ({ fake }) => {
    const refused = async (need: string, says: string) => {
      const { code, stderr } = await early(fake, ...(await program(fake, `# kbt: ${need}`)));
      expect(stderr).toContain(says);
      expect(stderr).toContain('programs/asks:2');
      expect(code).toBe(64);
    };
    await refused('variant=kasn', 'kbt: variant=kasn: there is no such variant, but ');
    await refused('report=warnnig', 'kbt: report=warnnig: there is no such kind of report, but ');
    await refused(
      'config=CONFIG_NEDY',
      'kbt: config=CONFIG_NEDY: no Kconfig of this source has it',
    );
  });

  test('an option that a source need not have skips its program', async ({ fake }) => {
    const args = await program(fake, '# kbt: config=CONFIG_NEDY');
    await execa('git', ['init', '-q'], { cwd: fake.tree });
    const who = ['-c', 'user.name=T', '-c', 'user.email=t@example.com'];
    await execa('git', [...who, 'add', '-A'], { cwd: fake.tree });
    await execa('git', [...who, 'commit', '-qm', 'all'], { cwd: fake.tree });
    const tree = ['boot-test', '--tree', fake.tree, '--accel', 'tcg', ...args];
    const { stdout } = await kbt(tree, fake.env);
    expect(stdout).toMatch(/ok 1 - asks # SKIP no Kconfig of this source has CONFIG_NEDY/);
  });

  test('in a fragment or among KUnit suites is told before the build', async ({ fake }) => {
    const series = await fake.series(
      [{ 'kernel/one.c': C('struct kunit_suite s = { .name = "ring" };') }],
      '# CONFIG_NEDY is not set\n',
    );
    const off = await early(fake, '--series-dir', series);
    expect(off.stderr).toContain('no Kconfig of this source has CONFIG_NEDY');
    expect(off.stderr).toContain(`${join(series, 'config')}:1`);
    expect(off.code).toBe(2);
    await rm(join(series, 'config'));
    await writeFile(join(series, 'kunit'), 'ring\nrnig\n');
    const suite = await early(fake, '--series-dir', series);
    expect(suite.stderr).toContain('no KUnit suite of this source is called rnig');
    expect(suite.stderr).toContain(`${join(series, 'kunit')}:2`);
    expect(suite.code).toBe(2);
  });
});

describe('a test program', () => {
  test('that does not compile stops the make beside it', async ({ fake }) => {
    const programs = join(fake.directory, 'programs');
    await mkdir(programs);
    await writeFile(join(programs, 'broken.c'), 'int main(void) { return nothing; }\n');
    const mark = newMark();
    const { code, stderr } = await kbt(
      [...fake.args, '--series', 'none', '--test-dir', programs, '--tests', 'broken'],
      {
        ...fake.env,
        CCACHE_FAKE_MAKE_HANGS: '1',
        [mark.split('=')[0] ?? '']: mark.split('=')[1] ?? '',
      },
    );
    expect(stderr).toContain('the test program broken does not compile');
    expect(code).toBe(2);
    expect(await marked(mark)).toEqual([]);
  });

  test('that does not compile is named, with the compiler’s words', async ({ fake }) => {
    const programs = join(fake.directory, 'programs');
    await mkdir(programs);
    await writeFile(join(programs, 'broken.c'), 'int main(void) { return nothing; }\n');
    const { code, stderr } = await kbt(
      [...fake.args, '--series', 'none', '--test-dir', programs, '--tests', 'broken'],
      fake.env,
    );
    expect(stderr).toContain('the test program broken does not compile');
    expect(stderr).toContain("'nothing' undeclared");
    expect(code).toBe(2);
  });

  test('that nobody has is a wrong usage', async ({ fake }) => {
    const run = (...more: string[]) => kbt([...fake.args, '--series', 'none', ...more], fake.env);
    expect(await run('--tests', 'nosuch')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('no program is called so') as string,
    });
    expect(await run('--test-dir', join(fake.directory, 'gone'))).toMatchObject({ code: 64 });
  });
});

describe('a machine', () => {
  const run = (fake: Fake, play: string) =>
    kbt([...fake.args, '--series', 'none', '--boot-timeout', '1'], {
      ...fake.env,
      KBT_FAKE_QEMU: play,
    });

  test('that panics at boot is the kernel’s failure', async ({ fake }) => {
    const { code, stdout, stderr } = await run(fake, 'panic');
    expect(stderr).toContain('the kernel panicked at boot: Kernel panic - not syncing: planted');
    expect(stdout).toMatch(/^not ok 1 - quiet$/m);
    expect(stdout).toContain('outcome: not-run');
    expect(code).toBe(1);
  });

  test('that hangs at boot is the kernel’s failure', async ({ fake }) => {
    const { code, stderr } = await run(fake, 'hang');
    expect(stderr).toContain('the kernel did not come up within 1 s');
    expect(stderr).toContain('Linux version 6.12.117-fake');
    expect(code).toBe(1);
  });

  test('that is killed or does not start is the environment’s', async ({ fake }) => {
    const killed = await run(fake, 'killed');
    expect(killed.stderr).toContain('QEMU was killed from outside');
    expect(killed.code).toBe(3);
    const refused = await run(fake, 'no-start');
    expect(refused.stderr).toContain('fake: refuses to start');
    expect(refused.code).toBe(3);
  });
});

// SPDX-License-Identifier: MIT
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Tokens } from 'marked';
import { ARCH } from '../../harness/arch/host.ts';
import { expect } from 'vitest';
import { bzImage, VERSION, vmlinux } from '../support/bzimage.ts';
import { codeIn, documents } from '../support/documents.ts';
import { test, type Fake } from '../support/fake.ts';
import { ROOT } from '../support/kbt.ts';
import { git } from '../support/planted.ts';

const DOCUMENTS = documents();

/** The first program that guest/README.md shows. */
const program = (): string => {
  const document = DOCUMENTS.find(({ name }) => name === 'guest/README.md');
  const [code] =
    document?.tokens.filter(({ type, raw }) => type === 'code' && /^```c$/m.test(raw)) ?? [];
  return (code as Tokens.Code).text;
};

/** An ELF file with symbols around what a vmlinux says of itself. */
const linkVmlinux = async (scratch: string, said: Buffer, file: string): Promise<void> => {
  const [words, source] = [join(scratch, 'said'), join(scratch, 'vmlinux.c')];
  await writeFile(words, said);
  const banner = `.data\\nlinux_banner: .incbin \\"${words}\\"\\n.text`;
  await writeFile(source, `__asm__("${banner}");\nint start_kernel;\nvoid panic(void) {}\n`);
  await execa('gcc', ['-c', '-o', file, source]);
};

/** Writes ~/linux, ~/my-series, ~/my-tests, and a project in which the series is kept. */
const settle = async (fake: Fake): Promise<string> => {
  const home = join(fake.directory, 'home');
  const tree = join(home, 'linux');
  const one = (value: string): string =>
    `// SPDX-License-Identifier: GPL-2.0-only\nint one(void);\n\nint one(void)\n{\n\treturn ${value};\n}\n`;
  for (const name of ['my-tests', 'bin', 'project/kernel-patches'])
    await mkdir(join(home, name), { recursive: true });
  await cp(fake.tree, tree, { recursive: true });
  await writeFile(join(tree, '.gitignore'), '.config\n/arch/x86/boot/\n/vmlinux\n');
  await git(tree, 'init', '-q');
  await git(tree, 'add', '-A');
  await git(tree, 'commit', '-qm', 'Linux 6.12');
  await git(tree, 'tag', 'v6.12');
  await git(tree, 'checkout', '-qb', 'my-branch');
  await writeFile(join(tree, 'kernel', 'one.c'), one('11'));
  await git(tree, 'commit', '-qam', 'Give eleven');
  await git(tree, 'checkout', '-q', '-');
  await git(tree, 'format-patch', '-qo', join(home, 'my-series'), 'v6.12..my-branch');
  await cp(join(home, 'my-series'), join(home, 'project', 'kernel-patches', 'mine'), {
    recursive: true,
  });
  await writeFile(join(home, 'my-tests', 'my_test.c'), program());
  // What somebody has built in the tree.
  await mkdir(join(tree, 'arch', 'x86', 'boot'), { recursive: true });
  await writeFile(join(tree, 'arch', 'x86', 'boot', 'bzImage'), bzImage());
  const built = VERSION.slice(VERSION.indexOf('#'));
  const fragments = ['base.config', ARCH.config].map((name) =>
    readFile(join(ROOT, 'kernel-patches', name), 'utf8'),
  );
  const config = (await Promise.all(fragments)).join('\n');
  await linkVmlinux(home, vmlinux(built, config), join(tree, 'vmlinux'));
  await writeFile(join(tree, '.config'), config);
  const start = join(ROOT, 'ci', 'start.mjs');
  await writeFile(
    join(home, 'bin', 'kbt'),
    `#!/bin/sh\nexec '${process.execPath}' '${start}' "$@"\n`,
    { mode: 0o755 },
  );
  return home;
};

test('the lines that are marked so run, on a tree that is a fake', async ({ fake }) => {
  const home = await settle(fake);
  const env = {
    ...fake.env,
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    PATH: `${join(home, 'bin')}:${fake.env['PATH'] ?? ''}`,
    KBT_SOURCE: fake.tree,
    KBT_KERNEL_MIRROR: 'http://127.0.0.1:9',
  };
  const lines = DOCUMENTS.flatMap(codeIn).flatMap((code) => (code.isRun ? code.lines : []));
  expect(lines.length).toBeGreaterThan(15);
  for (const line of new Set(lines)) {
    const ran = await execa('bash', ['-c', line], {
      cwd: join(home, 'project'),
      env,
      reject: false,
      stdin: 'ignore',
    });
    const panicked = ran.stderr.includes('the kernel panicked at boot');
    const isRun = /^kbt boot-test\b(?!.*--dry-run)/.test(line);
    expect([line, ran.exitCode, isRun && !panicked ? ran.stderr : ''], ran.stderr).toEqual([
      line,
      isRun ? 1 : 0,
      '',
    ]);
  }
}, 180_000);

// SPDX-License-Identifier: MIT
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { fileOfSource } from '../../ci/bench/workbench.ts';
import { membersOf } from '../../harness/guest/contents.ts';
import { packCpio, type Member } from '../../harness/guest/cpio.ts';
import { bootTest } from '../support/faults.ts';

/** As usr/gen_init_cpio of the kernel wants it told. */
const lineOf = (member: Member): string => {
  switch (member.kind) {
    case 'directory':
      return `dir ${member.path} 0${member.mode.toString(8)} 0 0`;
    case 'file':
      return `file ${member.path} ${member.file} 0${member.mode.toString(8)} 0 0`;
    case 'link':
      return `slink ${member.path} ${member.target} 0777 0 0`;
    case 'characters':
      return `nod ${member.path} 0${member.mode.toString(8)} 0 0 c ${member.major} ${member.minor}`;
  }
};

test('the image has the bytes that the kernel’s own gen_init_cpio makes of it', async () => {
  // Brings the source.
  await bootTest('--tests', 'smoke');
  const scratch = await mkdtemp(join(tmpdir(), 'kbt-image-'));
  try {
    const at = (name: string): string => join(scratch, name);
    for (const [index, name] of [
      'host_key',
      'authorized_keys',
      'passwd',
      'shells',
      'group',
    ].entries())
      await writeFile(at(name), 'x'.repeat(index + 1));
    const members = membersOf(scratch, {
      init: '/bin/true',
      observer: '/bin/false',
      starter: '/bin/sh',
      busybox: process.execPath,
      dropbear: '/bin/sh',
      libraries: [{ path: '/lib/of/its/own/libone.so.1', file: '/bin/cat' }],
      modules: ['/bin/cat', '/bin/ls'],
    });
    await writeFile(at('list'), `${members.map(lineOf).join('\n')}\n`);
    await writeFile(at('gen.c'), await fileOfSource('usr/gen_init_cpio.c'));
    await execa('gcc', ['-o', at('gen'), at('gen.c')]);
    const theirs = at('theirs.cpio');
    await execa(at('gen'), ['-t', '0', at('list')], { stdout: { file: theirs } });
    const same = (await packCpio(members)).equals(await readFile(theirs));
    expect(same).toBe(true);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
});

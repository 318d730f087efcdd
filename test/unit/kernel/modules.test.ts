// SPDX-License-Identifier: MIT
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Loadable } from '../../../harness/kernel/modules/loadable.ts';
import { readModinfo } from '../../../harness/kernel/modules/modinfo.ts';
import { readModuleSource } from '../../../harness/kernel/modules/module-source.ts';
import { grownIn } from '../../../harness/run/program/module-leaks.ts';
import { checkModules, modulesFor } from '../../../harness/run/tests/modules.ts';
import { NO_NEEDS, readProgramNeeds } from '../../../harness/run/tests/program-needs.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'kbt-modules-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const strings = (...all: readonly string[]): Buffer => Buffer.from(`\0${all.join('\0')}\0`);

test('.modinfo tells what a module depends on, which kernel it is for and what it takes', () => {
  const own = strings(
    ...['parmtype=count:int', 'parm=count:How often', 'depends=snd-pcm,greeter', 'intree=Y'],
    'vermagic=6.12.117-abc SMP mod_unload ',
  );
  expect(readModinfo('caller', own)).toEqual({
    name: 'caller',
    depends: ['snd_pcm', 'greeter'],
    release: '6.12.117-abc',
    inTree: true,
    parameters: ['count'],
  });
  // The first entry follows code, and not the end of a text.
  const first = Buffer.from([0xc3, ...Buffer.from('parmtype=late:bool\0')]);
  expect(readModinfo('x', first).parameters).toEqual(['late']);
  expect(readModinfo('x', strings('depends=', 'vermagic=6.1 ')).inTree).toBe(false);
});

const module = (name: string, more: Partial<Loadable> = {}): Loadable => ({
  ...{ name, depends: [], release: 'r', inTree: false, parameters: ['count', 'to_who'] },
  ...{ file: join(home, 'file'), symbols: '', directory: undefined },
  ...more,
});

const kernelWith = (...all: readonly Loadable[]) => ({
  release: 'r',
  modules: {
    loadable: new Map(all.map((one) => [one.name, one])),
    builtIn: new Set(['loop']),
  },
});

const needing = (...words: readonly string[]) => {
  const text = words.map((word) => `# kbt: module=${word}`).join('\n');
  const needs = readProgramNeeds(text, 'p', []);
  return needs.ok ? [{ needs: needs.value }] : [];
};

test('a module that there is not, one for another kernel and an unknown parameter are errors with their line', () => {
  const told = (...words: readonly string[]) => {
    const all = kernelWith(module('greeter'), module('other', { release: 'q' }));
    const checked = checkModules(needing(...words), all);
    if (checked.ok) return 'fits';
    const { what, where = '', detail = '', remedy = '' } = checked.failure;
    return [where, what, detail, remedy].join(' ').trim();
  };
  expect(told('"greeter count=1 to-who=me"', 'loop')).toBe('fits');
  expect(told('greeter', 'gretter')).toMatch(
    /^p:2 kbt: module=gretter: .* there are: greeter, other;/,
  );
  expect(told('"greeter cuont=1"')).toMatch(/^p:1 .* no parameter cuont=1  it has: count, to_who$/);
  expect(told('other')).toMatch(/is for another kernel the module is for q, the kernel is r$/);
  expect(needing('"-x;"')).toEqual([]);
  expect(needing('"greeter count=1"', '"greeter count=2"')).toEqual([]);
  const later = checkModules(needing('gretter'), kernelWith(), true);
  expect(later.ok).toBe(true);
});

test('modules come after what they depend on, each once, with their own parameters', async () => {
  await writeFile(join(home, 'file'), 'data');
  const [program] = needing('"caller count=2"', 'greeter');
  const all = kernelWith(
    module('caller', { depends: ['middle', 'greeter'] }),
    module('middle', { depends: ['greeter'], inTree: true }),
    module('greeter'),
  );
  const programs = [
    { name: 'p', source: '', kind: 'c' as const, needs: program?.needs ?? NO_NEEDS },
  ];
  const sent = (await modulesFor(all, { programs, helpers: [] })).get('p') ?? [];
  const told = sent.map(({ name, parameters, taint }) => [name, parameters.join(' '), taint]);
  // The taint is O and E, of what is not of the kernel's source.
  expect(told).toEqual([
    ['greeter', '', 0x3000],
    ['middle', '', 0],
    ['caller', 'count=2', 0x3000],
  ]);
});

test('what kbuild leaves in a directory is none of the source', async () => {
  for (const name of ['Makefile', 'a.c', 'a.o', 'a.ko', 'a.mod.c', '.a.o.cmd', 'Module.symvers'])
    await writeFile(join(home, name), '');
  await symlink(join(home, 'a.c'), join(home, 'b.c'));
  await symlink('nowhere', join(home, 'c.c'));
  const read = await readModuleSource(home);
  expect(read.ok && read.value.files).toEqual(['Makefile', 'a.c', 'b.c', 'file']);
});

const counted = (objects: number, vmalloc: number): string =>
  [
    'slabinfo - version: 2.1',
    `kmalloc-32          ${objects}    640     32  128    1 : tunables    0    0    0 : slabdata      5      5      0`,
    `kmemleak_object     ${objects}    640     32  128    1 : tunables    0    0    0 : slabdata      5      5      0`,
    `VmallocUsed:       ${vmalloc} kB`,
  ].join('\n');

test('what grows with every load is a leak, and what comes and goes is none', () => {
  const told = (objects: number, vmalloc: number) =>
    grownIn(`${counted(500, 1000)}\n= again\n${counted(objects, vmalloc)}`);
  expect(told(570, 1300)).toBeUndefined();
  expect(told(600, 1000)).toBe('100 loads leave 100 objects of kmalloc-32');
  // One that was given back meanwhile hides none.
  expect(told(599, 1000)).toBe('100 loads leave 99 objects of kmalloc-32');
  expect(told(500, 1400)).toBe('100 loads leave 400 KiB of vmalloc()');
  expect(grownIn('')).toContain('does not tell');
  expect(grownIn('VmallocUsed: 1 kB\n= again\nVmallocUsed: 1 kB')).toContain('does not tell');
});

// SPDX-License-Identifier: MIT
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { run } from '../../base/process/process.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { MODULE_FILE, moduleName, readModinfo } from '../modules/modinfo.ts';

/** A module as the guest's first process loads it. */
export interface Module {
  /** `virtio_net` */
  readonly name: string;
  readonly data: Buffer;
}

/** The modules by which the guest has its network card; built in where the kernel needs none. */
const NETWORK = ['virtio_pci', 'virtio_net'];

/** What a module may be packed by, and the program that unpacks it. */
const PACKED: Readonly<Record<string, string>> = { '.xz': 'xz', '.zst': 'zstd', '.gz': 'gzip' };

/**
 * The modules below a directory that the guest boots by, and `others`, each after those that it depends on, as
 * its .modinfo says (`modinfo -F depends`). None where all is built in. Fails with
 * `usage` where one of these is not there, or for another kernel than the `release`.
 */
export const bootModules = async (
  directory: string,
  others: readonly string[],
  release: string,
): Promise<Result<readonly Module[]>> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    () => undefined,
  );
  if (!entries) return fail('usage', `--modules: there is no directory ${directory}`);
  const files = new Map(
    entries
      .filter(({ name }) => MODULE_FILE.test(name))
      .map(({ parentPath, name }) => [moduleName(name), join(parentPath, name)]),
  );
  const found = new Map<string, Module>();
  for (const name of [...NETWORK, ...others]) {
    const loaded = await load(files, name, found);
    if (!loaded.ok) return loaded;
  }
  for (const { name, data } of found.values()) {
    const theirs = readModinfo(name, data).release;
    if (theirs !== '' && theirs !== release)
      return fail('usage', `--modules: ${name} is for another kernel`, {
        where: files.get(name) ?? directory,
        detail: `the module is for ${theirs}, the kernel is ${release}`,
        remedy: `give /lib/modules/${release}`,
      });
  }
  return ok([...found.values()]);
};

/** That a directory which somebody has named holds none of them. */
export const noModules = (directory: string) =>
  fail('usage', `--modules: ${directory} holds neither ${NETWORK.join(' nor ')}`, {
    remedy: 'give /lib/modules/RELEASE of the kernel, or leave the option out',
  });

/** Puts a module behind what it depends on; one that is not there is built in, or nobody's. */
const load = async (
  files: ReadonlyMap<string, string>,
  name: string,
  found: Map<string, Module>,
  above: readonly string[] = [],
): Promise<Result<void>> => {
  const file = files.get(name);
  if (file === undefined || found.has(name)) return ok(undefined);
  if (above.includes(name))
    return fail('usage', `--modules: ${basename(file)} depends on itself`, { where: file });
  const data = await unpacked(file);
  if (!data.ok) return data;
  for (const other of readModinfo(name, data.value).depends) {
    if (!files.has(other))
      return fail('usage', `--modules: ${basename(file)} depends on ${other}, which is not there`, {
        where: file,
      });
    const loaded = await load(files, other, found, [...above, name]);
    if (!loaded.ok) return loaded;
  }
  found.set(name, { name, data: data.value });
  return ok(undefined);
};

const unpacked = async (file: string): Promise<Result<Buffer>> => {
  const tool = Object.entries(PACKED).find(([end]) => file.endsWith(end))?.[1];
  if (tool === undefined) return ok(await readFile(file));
  const ended = await run({ argv: [tool, '-dc', file], capture: true });
  return ended.code === 0
    ? ok(ended.stdout)
    : fail('environment', `${tool} cannot unpack ${file}`, {
        code: ended.missing ? 'tool-missing' : 'environment',
        detail: ended.tail.slice(-3).join('\n'),
      });
};

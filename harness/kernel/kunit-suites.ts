// SPDX-License-Identifier: MIT
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../base/result.ts';
import type { Kernel } from './kernel.ts';

/** The sections of pointers to struct kunit_suite (include/asm-generic/vmlinux.lds.h), by their bounds. */
const SECTIONS = [
  ['__kunit_init_suites_start', '__kunit_init_suites_end'],
  ['__kunit_suites_start', '__kunit_suites_end'],
] as const;

/** A suite begins with its name (include/kunit/test.h). */
const NAME_BYTES = 256;
const POINTER_BYTES = 8;

/**
 * The names of the KUnit suites that are built into a kernel, in the order in which it runs them
 * (lib/kunit/executor.c). Fails with `usage` where it is not known: its vmlinux is not there.
 */
export const kunitSuitesOf = async ({
  directory,
}: Pick<Kernel, 'directory'>): Promise<Result<readonly string[]>> => {
  const map = await readFile(join(directory, 'System.map'), 'latin1');
  const file = await open(join(directory, 'vmlinux')).catch(() => undefined);
  if (!file)
    return fail('usage', '--kunit: nobody knows the suites of this kernel', {
      remedy: 'give its --vmlinux',
    });
  try {
    const segments = await segmentsOf(file);
    const at = async (address: bigint, length: number): Promise<Buffer> => {
      const data = Buffer.alloc(length);
      const segment = segments.find(
        ({ start, bytes }) => address >= start && address + BigInt(length) <= start + bytes,
      );
      if (segment)
        await file.read(data, 0, length, Number(segment.offset + address - segment.start));
      return data;
    };
    const names: string[] = [];
    for (const bounds of SECTIONS) {
      const [start, end] = bounds.map((symbol) => addressOf(map, symbol));
      if (start === undefined || end === undefined) continue;
      if (end < start || (end - start) % BigInt(POINTER_BYTES) !== 0n) return odd();
      const pointers = await at(start, Number(end - start));
      for (let offset = 0; offset < pointers.length; offset += POINTER_BYTES) {
        const name = await at(pointers.readBigUInt64LE(offset), NAME_BYTES);
        const end = name.indexOf(0);
        if (end <= 0) return odd();
        names.push(name.toString('utf8', 0, end));
      }
    }
    return ok(names);
  } finally {
    await file.close();
  }
};

const odd = () =>
  fail('usage', '--kunit: the suites of this vmlinux cannot be read', {
    remedy: 'give the vmlinux of the same build, not stripped',
  });

const addressOf = (map: string, symbol: string): bigint | undefined => {
  const [, address] = new RegExp(`^([0-9a-f]+) \\w ${symbol}$`, 'm').exec(map) ?? [];
  return address === undefined ? undefined : BigInt(`0x${address}`);
};

interface Segment {
  readonly start: bigint;
  readonly bytes: bigint;
  readonly offset: bigint;
}

/** What an ELF file of 64 bits loads, and where it is in the file (elf(5)). */
const segmentsOf = async (file: FileHandle): Promise<readonly Segment[]> => {
  const header = Buffer.alloc(64);
  await file.read(header, 0, header.length, 0);
  const [at, size, count] = [
    Number(header.readBigUInt64LE(32)),
    header.readUInt16LE(54),
    header.readUInt16LE(56),
  ];
  const table = Buffer.alloc(size * count);
  await file.read(table, 0, table.length, at);
  return Array.from({ length: count }, (_, index) => table.subarray(index * size))
    .filter((entry) => entry.readUInt32LE(0) === PT_LOAD)
    .map((entry) => ({
      offset: entry.readBigUInt64LE(8),
      start: entry.readBigUInt64LE(16),
      bytes: entry.readBigUInt64LE(32),
    }));
};

const PT_LOAD = 1;

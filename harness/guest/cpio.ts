// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';

/** A member of an initramfs by its path in the guest; all belong to root. */
export type Member =
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  /** Holds the bytes of a file of the host's. */
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly file: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'characters';
      readonly path: string;
      readonly mode: number;
      readonly major: number;
      readonly minor: number;
    };

/** What a header says besides its name and its data. */
interface Node {
  readonly ino: number;
  readonly mode: number;
  readonly links: number;
  /** Of the file system that it lies in. */
  readonly device: Device;
  /** That it is. */
  readonly node: Device;
}

type Device = readonly [major: number, minor: number];

/** As usr/gen_init_cpio of the kernel counts them, whose bytes these are. */
const FIRST_INODE = 721;
const DEVICE: Device = [3, 1];
const NONE: Device = [0, 0];
/** The archive is padded to a multiple of this. */
const BLOCK = 512;

/** The types of stat(2). */
const TYPE = { directory: 0o040000, file: 0o100000, link: 0o120000, characters: 0o020000 } as const;

/**
 * An initramfs in the format newc (Documentation/driver-api/early-userspace/buffer-format.rst),
 * without times: equal members are equal bytes. No program of a kernel's tree runs for it.
 */
export const packCpio = async (members: readonly Member[]): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for (const [index, member] of members.entries()) {
    const data = await dataOf(member);
    const about: Node = {
      ino: FIRST_INODE + index,
      mode: TYPE[member.kind] | (member.kind === 'link' ? 0o777 : member.mode),
      links: member.kind === 'directory' ? 2 : 1,
      device: DEVICE,
      node: member.kind === 'characters' ? [member.major, member.minor] : NONE,
    };
    parts.push(header(member.path, data.length, about), data, padding(data.length, 4));
  }
  const end: Node = { ino: 0, mode: 0, links: 1, device: NONE, node: NONE };
  parts.push(header('TRAILER!!!', 0, end));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([...parts, padding(length, BLOCK)]);
};

const dataOf = (member: Member): Promise<Buffer> => {
  switch (member.kind) {
    case 'file':
      return readFile(member.file);
    case 'link':
      return Promise.resolve(Buffer.from(`${member.target}\0`));
    case 'directory':
    case 'characters':
      return Promise.resolve(Buffer.alloc(0));
  }
};

/** A header with its name: numbers of eight digits in hex, in an order of their own. */
const header = (path: string, size: number, about: Node): Buffer => {
  const { ino, mode, links, device, node } = about;
  const name = Buffer.from(`${path.replace(/^\//, '')}\0`);
  const [user, group, time, check] = [0, 0, 0, 0];
  const numbers = [ino, mode, user, group, links, time, size, ...device, ...node];
  const digits = [...numbers, name.length, check]
    .map((number) => number.toString(16).toUpperCase().padStart(8, '0'))
    .join('');
  const bare = Buffer.concat([Buffer.from(`070701${digits}`), name]);
  return Buffer.concat([bare, padding(bare.length, 4)]);
};

const padding = (length: number, to: number): Buffer => Buffer.alloc((to - (length % to)) % to);

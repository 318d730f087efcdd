// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCH } from '../../arch/host.ts';
import { run } from '../../base/process/process.ts';
import { readPin } from '../../source/pin.ts';
import { roots } from '../session.ts';

/** What decides over a result besides kbt itself, and how each is asked. */
const TOOLS: readonly (readonly string[])[] = [
  [ARCH.qemu.binary, '--version'],
  ['gcc', '--version'],
  ['ld', '--version'],
  ['ccache', '--version'],
  ['git', '--version'],
  ['busybox', '--help'],
  ['dropbear', '-V'],
];

/** The version of kbt, as package.json has it. */
export const ownVersion = async (): Promise<string> => {
  const text = await readFile(join(roots().root, 'package.json'), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
};

/** Prints the versions of everything that matters for a result. */
export const versionCommand = async (): Promise<number> => {
  const pin = await readPin(roots());
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
  const tools = await Promise.all(
    TOOLS.map(async ([command = '', ...args]) => {
      const asked = await run({ argv: [command, ...args], env: { PATH: path }, timeout: 5 }).catch(
        () => undefined,
      );
      const line = asked?.tail.find((text) => /\d+\.\d+/.test(text));
      return [command, line?.trim() ?? 'not there'];
    }),
  );
  const lines = [
    ['kbt', await ownVersion()],
    ['pin', pin.ok ? `Linux ${pin.value.version}` : 'not to be read'],
    ['node', process.versions.node],
    ...tools,
  ];
  for (const [name = '', says = ''] of lines) process.stdout.write(`${name.padEnd(19)} ${says}\n`);
  return 0;
};

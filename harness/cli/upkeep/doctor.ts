// SPDX-License-Identifier: MIT
import { mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { run } from '../../base/process/process.ts';
import { toolchain } from '../../kernel/make/toolchain.ts';
import { hasToolchain } from '../../kernel/remote/fetch-kernel.ts';
import { chooseAccelerator } from '../../vm/accelerator.ts';
import type { Invocation } from '../invocation.ts';
import { openSession } from '../session.ts';

/** A cold build needs the unpacked source, its git pack, a build and ccache, in GiB. */
const WANTED_GIB = 8;

interface Check {
  readonly name: string;
  readonly good: boolean;
  readonly says: string;
  readonly remedy?: string;
}

/** The part of ci/requirements.mjs that this command uses. */
interface Requirements {
  readonly checkRequirements: () => readonly {
    readonly name: string;
    readonly met: boolean;
    readonly where: string | undefined;
    readonly packages: Readonly<Record<string, string>>;
    /** The commands that need it; undefined when all do. */
    readonly only: readonly string[] | undefined;
  }[];
  readonly installCommand: (
    missing: readonly unknown[],
  ) => { readonly argv: readonly string[] } | undefined;
}

/** Prints a line for everything that is needed; 3 when something is missing. */
export const doctorCommand = async ({ env }: Invocation): Promise<number> => {
  const warnings: string[] = [];
  const { context, exitCode } = openSession(env, (event) => {
    if (event.type === 'warning') warnings.push(event.text);
  });
  const requirements = (await import(join(context.root, 'ci', 'requirements.mjs'))) as Requirements;
  const checks: Check[] = [{ name: 'node', good: true, says: process.versions.node }];
  const found = requirements.checkRequirements();
  for (const requirement of found) {
    const { name, met, where, only } = requirement;
    const command = requirements.installCommand([requirement])?.argv.join(' ');
    checks.push({
      name,
      // What one command alone needs is installed by that command.
      good: met || only !== undefined,
      says: met
        ? await versionOf(where ?? '')
        : `missing${only ? `, and only ${only.join(' and ')} needs it` : ''}`,
      ...(met ? {} : { remedy: command ?? `install ${requirement.packages['apt'] ?? name}` }),
    });
  }
  const accelerator = await chooseAccelerator('auto');
  checks.push({
    name: 'accelerator',
    good: true,
    says: accelerator.ok ? accelerator.value.note : '',
  });
  await mkdir(context.cache, { recursive: true });
  const disk = await statfs(context.cache);
  const free = (disk.bavail * disk.bsize) / 2 ** 30;
  checks.push({
    name: 'disk',
    good: free >= WANTED_GIB,
    says: `${free.toFixed(0)} GiB free for ${context.cache}`,
    ...(free >= WANTED_GIB
      ? {}
      : { remedy: `free some: a cold build wants ${WANTED_GIB} GiB, or set KBT_CACHE` }),
  });
  const remote = await remoteSays(context, warnings);
  if (remote !== undefined) checks.push({ name: 'remote store', good: true, says: remote });
  for (const { name, good, says, remedy } of checks)
    process.stdout.write(
      `${good ? 'ok     ' : 'MISSING'} ${name.padEnd(20)} ${says}${remedy ? `\n        do: ${remedy}` : ''}\n`,
    );
  return exitCode(checks.every((check) => check.good) ? 0 : 3);
};

/** Whether the remote store has kernels that this machine can use; undefined where none is named. */
const remoteSays = async (
  context: Context,
  warnings: readonly string[],
): Promise<string | undefined> => {
  const { remote } = context;
  if (!remote) return undefined;
  if (remote.trusted.length === 0)
    return `${remote.url} is not used: KBT_REMOTE_TRUST names no key`;
  const tools = await toolchain(context);
  if (!tools.ok) return tools.failure.what;
  const { cc, ld } = tools.value;
  const has = await hasToolchain(context, remote, tools.value);
  return (
    warnings.at(-1) ??
    `${remote.url} has ${has ? '' : 'no '}kernels of ${cc} with ${ld}${has ? '' : ': they are built here'}`
  );
};

const versionOf = async (file: string): Promise<string> => {
  if (!/\/s?bin\//.test(file)) return file;
  const asked = await run({ argv: [file, '--version'], timeout: 5, capture: true });
  const line = asked.tail.find((text) => /\d+\.\d+/.test(text));
  return line?.trim().slice(0, 70) ?? file;
};

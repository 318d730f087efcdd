// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { isSound } from '../../base/cache/entry.ts';
import { digest, fingerprint } from '../../base/fingerprint.ts';
import { run } from '../../base/process/process.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { atomicDirectory } from '../../base/cache/store.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { functionAt } from '../../kernel/symbols.ts';
import { pluginApi } from '../../vm/counted.ts';
import type { Counted } from '../../vm/machine.ts';
import { runProbes } from './count-run.ts';

/** How many instructions ran in each function. */
export type Account = ReadonlyMap<string, number>;

/** What ran outside of the kernel. */
const USER = 'user space';

/**
 * Where the instructions of one probe are spent, in its cheapest try: by a plugin of
 * QEMU's, which costs the guest nothing. Fails with `environment` where this QEMU takes none.
 */
export const account = async (
  context: Context,
  kernel: Kernel,
  probe: string,
  counted: Counted,
): Promise<Result<Account>> => {
  const plugin = await obtainPlugin(context);
  if (!plugin.ok) return plugin;
  const out = `${counted.console}.histogram`;
  const ran = await runProbes(context, {
    ...counted,
    append: `${counted.append} probe=${probe}`.trim(),
    plugin: { file: plugin.value, out },
  });
  if (!ran.ok) return ran;
  const text = await readFile(out, 'utf8').catch(() => '');
  if (!text.endsWith('end\n'))
    return fail('environment', 'the plugin of QEMU did not write what it counted');
  return ok(sumByFunction(text, await functionAt(kernel)));
};

/** Sums lines of an address, hex, and a count by function. */
export const sumByFunction = (
  text: string,
  at: Awaited<ReturnType<typeof functionAt>>,
): Account => {
  const sums = new Map<string, number>();
  for (const [, address, count] of text.matchAll(/^([0-9a-f]+) (\d+)$/gm)) {
    const name = at(BigInt(`0x${address ?? '0'}`))?.name ?? USER;
    sums.set(name, (sums.get(name) ?? 0) + Number(count));
  }
  return sums;
};

const obtainPlugin = async (context: Context): Promise<Result<string>> => {
  const { signal } = context;
  const api = await pluginApi(context);
  const source = join(context.root, 'harness', 'measure', 'cost', 'histogram.c');
  const text = await readFile(source, 'utf8');
  const home = join(context.cache, 'programs', fingerprint({ plugin: digest(text), api }));
  const file = join(home, 'histogram.so');
  if (await isSound(context, home)) return ok(file);
  const made = await atomicDirectory(home, async (scratch) => {
    const flags = ['-shared', '-fPIC', '-O2', `-DAPI_VERSION=${api}`];
    const to = join(scratch, 'histogram.so');
    const ended = await run({ argv: ['gcc', ...flags, '-o', to, source], signal });
    return ended.code === 0
      ? ok(undefined)
      : fail('environment', 'the plugin for QEMU does not compile', {
          detail: ended.tail.slice(-10).join('\n'),
        });
  });
  return made.ok ? ok(file) : made;
};

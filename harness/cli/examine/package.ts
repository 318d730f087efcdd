// SPDX-License-Identifier: MIT
import { readFile, rename, rm } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { fail } from '../../base/result.ts';
import { renderSummary } from '../../report/terminal/summary.ts';
import { renderTap } from '../../report/tap.ts';
import { bootTest } from '../../run/boot-test.ts';
import { layered, type RunSpec } from '../../run/spec.ts';
import { attempt } from '../attempt.ts';
import type { Invocation } from '../invocation.ts';
import { BOOTED_ONCE, specOf } from '../options/resolve.ts';
import { resultDirectory, writeOutputs } from '../results/outputs.ts';
import { seriesIn } from '../../series/series.ts';
import { roots } from '../session.ts';

/** `-synos` for the series of that name: Kbuild allows letters, digits and a few signs. */
const versionOf = async ({ series, seriesDirectories }: RunSpec['kernel']): Promise<string> => {
  const names = series ?? (await seriesIn(join(roots().project, 'kernel-patches')));
  return [...names, ...seriesDirectories.map((directory) => basename(resolve(directory)))]
    .map((name) => `-${name.toLowerCase().replace(/[^a-z0-9.+-]/g, '-')}`)
    .join('');
};

/**
 * Makes the packages, then boots the kernel out of them and runs the suite: what
 * did not pass is not handed out.
 */
export const packageCommand = async (invocation: Invocation): Promise<number> => {
  const directory = resultDirectory(invocation);
  // They get their name only when the kernel in them has passed.
  const packages = join(directory, 'untested');
  const published = join(directory, 'packages');
  const { result, refuse, exitCode } = await attempt(invocation, async (context) => {
    const asked = specOf(invocation, { ...BOOTED_ONCE, over: { output: { directory } } });
    if (!asked.ok) return asked;
    const { kernel } = asked.value;
    const localVersion = await versionOf(kernel);
    const spec = layered(asked.value, {
      kernel: {
        variants: kernel.config === undefined ? ['package'] : [],
        packages: { localVersion, directory: packages },
      },
    });
    return bootTest(context, spec);
  });
  const withhold = () => rm(packages, { recursive: true, force: true });
  if (!result.ok) {
    await withhold();
    return refuse(result.failure, { own: join(directory, 'result.json') });
  }
  const { release } = result.value.kernel;
  const shown = relative(process.cwd(), directory);
  const tap = renderTap(result.value, shown);
  const written = await writeOutputs([[join(directory, 'result.tap'), tap]]);
  if (!written.ok) {
    await withhold();
    return refuse(written.failure);
  }
  process.stdout.write(tap);
  process.stderr.write(`${renderSummary(result.value, shown)}\n`);
  await rm(join(packages, 'unpacked'), { recursive: true, force: true });
  if (result.value.exitCode !== 0) {
    await withhold();
    process.stderr.write('no package is handed out: the kernel in it did not pass\n');
    return exitCode(result.value.exitCode);
  }
  // The suite has passed on some kernel: it must be the one in the package.
  const log = await readFile(join(directory, 'console-1.log'), 'utf8').catch(() => '');
  if (!log.includes(`Linux version ${release} `)) {
    await withhold();
    return refuse(
      fail('unbuildable', `the kernel in the package does not call itself ${release}`).failure,
    );
  }
  await rename(packages, published);
  process.stderr.write(`packages of ${release}: ${join(shown, 'packages')}\n`);
  return exitCode(0);
};

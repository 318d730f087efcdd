// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../base/context.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { checkBoots } from './boots-by.ts';
import { lost, parseConfig, parseFragment, type Option } from './fragment.ts';
import { whyLost } from './why-lost.ts';

/** The fragments of one configuration, in the order they are laid on tinyconfig. */
export interface Fragments {
  readonly options: readonly Option[];
  /** As it is appended to tinyconfig. */
  readonly text: string;
  /** The .config that they are laid on; tinyconfig without it. */
  readonly start?: string;
  /** By name the options that are no error where they do not survive, and why that is. */
  readonly mayBeLost?: Readonly<Record<string, string>>;
}

/** Options as a fragment that kconfig reads. */
export const fragmentsOf = (options: readonly Option[]): Fragments => {
  const lines = options.map(({ name, value }) =>
    value === 'n' ? `# ${name} is not set` : `${name}=${value}`,
  );
  return { options, text: `${lines.join('\n')}\n` };
};

/** Reads fragment files. Fails with `unbuildable`, naming file and line. */
export const readFragments = async (files: readonly string[]): Promise<Result<Fragments>> => {
  const options: Option[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) return fail('usage', `there is no fragment ${file}`);
    const parsed = parseFragment(text, file);
    if (!parsed.ok) return parsed;
    options.push(...parsed.value);
  }
  return ok(fragmentsOf(options));
};

/** How a target of the kernel's make is run; the build gives it. */
export type Make = (target: string) => Promise<Result<void>>;

/**
 * tinyconfig or another start, the fragments, olddefconfig; then every line asked for must have
 * survived. Fails with `unbuildable`, naming the line and the dependency.
 */
export const configure = async (
  context: Context,
  tree: string,
  build: string,
  fragments: Fragments,
  make: Make,
): Promise<Result<void>> => {
  context.emit({ type: 'step', reason: 'progress', step: 'kernel', text: 'configuring' });
  const dotConfig = join(build, '.config');
  if (fragments.start === undefined) {
    const tiny = await make('tinyconfig');
    if (!tiny.ok) return tiny;
  }
  const start = fragments.start ?? (await readFile(dotConfig, 'utf8'));
  await writeFile(dotConfig, `${start}\n${fragments.text}`);
  const done = await make('olddefconfig');
  if (!done.ok) return done;
  const config = parseConfig(await readFile(dotConfig, 'utf8'));
  const { options, mayBeLost = {} } = fragments;
  const gone = lost(options, config);
  const missing = gone.filter(({ name }) => mayBeLost[name] === undefined);
  for (const { name, value, where } of gone.filter((option) => !missing.includes(option))) {
    const text = `${where}: ${name} is ${config.get(name) ?? 'n'}, not ${value}; ${mayBeLost[name] ?? ''}`;
    context.emit({ type: 'warning', text });
  }
  // base.config has it all; a .config of somebody's may be for another machine.
  if (missing.length === 0)
    return fragments.start === undefined ? ok(undefined) : checkBoots(config);
  const reasons = await Promise.all(
    missing.map(async (option) => {
      const has = config.get(option.name) ?? 'n';
      const why = await whyLost(tree, option, config);
      return `${option.where}: ${option.name} is ${has}, not ${option.value}: ${why}`;
    }),
  );
  return fail('unbuildable', 'an option asked for did not survive olddefconfig', {
    code: 'option-lost',
    where: missing[0]?.where ?? '',
    detail: reasons.join('\n'),
    remedy: 'add what it depends on to the fragment, or take the line out',
  });
};

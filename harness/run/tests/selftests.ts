// SPDX-License-Identifier: MIT
import type { Context } from '../../base/context.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { obtainCollection, type CollectionSource } from '../../guest/kselftest/collection.ts';
import type { InstalledTest } from '../../guest/kselftest/installed.ts';
import {
  checkTargets,
  nameOfSelftest,
  optionsOf,
  readWanted,
  SELFTESTS,
  type Wanted,
} from '../../guest/kselftest/wanted.ts';
import { fragmentsOf, type Fragments } from '../../kconfig/configure.ts';
import { lastWords, type Option } from '../../kconfig/fragment.ts';
import type { Patched } from '../../kernel/kit/parts.ts';
import { obtainKit } from '../../kernel/kit/userland-kit.ts';
import { isPinned, type Source } from '../../source/source.ts';
import type { RunSpec } from '../spec.ts';
import { NO_NEEDS } from './program-needs.ts';
import { checkKnownFailures, readKnownFailures, type KnownFailures } from './known-failures.ts';
import type { Program } from './plan.ts';

/** What collections of the kernel's selftests bring into a run. */
export interface Selftests {
  readonly programs: readonly Program[];
  /** What their configs ask for. */
  readonly options: readonly Option[];
  readonly known: KnownFailures;
}

/** Seconds for a test whose collection sets no limit. */
const UNLIMITED_S = 300;

/**
 * Builds the collections that the spec names, of the source with all patches of the series.
 * Fails with `usage` at a name that there is not, and as {@link obtainCollection} does.
 */
export const obtainSelftests = async (
  context: Context,
  { tests }: RunSpec,
  source: Source,
  patched: Patched,
): Promise<Result<Selftests>> => {
  const wanted = readWanted(tests.kselftest);
  if (!wanted.ok) return wanted;
  const there = await checkTargets(patched, wanted.value);
  if (!there.ok) return there;
  const known = await readKnownFailures(context);
  if (!known.ok) return known;
  if (isPinned(source)) {
    const all = Object.keys(known.value).map((target) => ({ target }));
    const right = await checkTargets(patched, all, 'known-failures.yaml');
    if (!right.ok) return right;
  }
  const options = await optionsOf(context, patched, wanted.value);
  const kit = await obtainKit(context, source, patched);
  if (!kit.ok) return kit;
  const from: CollectionSource = { source, patched, kit: kit.value };
  const programs: Program[] = [];
  for (const target of new Set(wanted.value.map((one) => one.target))) {
    const collection = await obtainCollection(context, from, target);
    if (!collection.ok) return collection;
    const { tests: all, archive } = collection.value;
    const names = all.map(({ test }) => test);
    // Of another source other tests may be gone.
    const named = isPinned(source) ? checkKnownFailures(known.value, target, names) : ok(undefined);
    if (!named.ok) return named;
    const chosen = chosenOf(all, wanted.value, target);
    if (!chosen.ok) return chosen;
    if (chosen.value.some(({ timeout }) => timeout === 0))
      context.emit({
        type: 'warning',
        text: `kselftest ${target} sets no limit: each test of it has ${tests.timeout ?? UNLIMITED_S} s (--timeout)`,
      });
    programs.push(...chosen.value.map((one) => programOf(one, archive, tests)));
  }
  return ok({ programs, options, known: known.value });
};

const chosenOf = (
  all: readonly InstalledTest[],
  wanted: readonly Wanted[],
  target: string,
): Result<readonly InstalledTest[]> => {
  const names = wanted.flatMap((one) => (one.target === target ? [one.test] : []));
  if (names.includes(undefined)) return ok(all);
  const unknown = names.find((name) => !all.some(({ test }) => test === name));
  return unknown === undefined
    ? ok(all.filter(({ test }) => names.includes(test)))
    : fail('usage', `--kselftest: ${target} has no test ${unknown}`, {
        remedy: `there are: ${all.map(({ test }) => test).join(', ')}`,
      });
};

const programOf = (
  { target, test, timeout, command }: InstalledTest,
  archive: string,
  { timeout: asked }: RunSpec['tests'],
): Program => ({
  name: nameOfSelftest(target, test),
  source: `${SELFTESTS}/${target}/${test}`,
  kind: 'kselftest',
  needs: { ...NO_NEEDS, timeout: timeout || (asked ?? UNLIMITED_S), rootfs: true },
  selftest: { archive, script: scriptOf(target, test, command) },
});

/** As run_one() of kselftest/runner.sh begins a test, with the arguments that a variable may give. */
const scriptOf = (target: string, test: string, command: string): string => {
  const variable = `KSELFTEST_${test.replace(/[^A-Za-z0-9]/g, '_').toUpperCase()}_ARGS`;
  const begin = `cd /tests/kselftest/${target} || exit 1`;
  return `#!/bin/sh\n${begin}\nexec ${command} $${variable}\n`;
};

/** Options on top of base.config and below all that is asked for by name. */
export const onBase = (
  fragments: Fragments,
  base: readonly Option[],
  asked: readonly Option[],
): Fragments => {
  const words = new Map(lastWords(fragments.options).map(({ name, value }) => [name, value]));
  // One that is there already makes no other kernel.
  const more = lastWords(asked).filter(({ name, value }) => words.get(name) !== value);
  if (more.length === 0) return fragments;
  const rest = fragments.options.filter((option) => !base.includes(option));
  return { ...fragments, ...fragmentsOf([...base, ...more, ...rest]) };
};

/**
 * The same of collections: what a kernel of this source cannot have is told, and no error, and so
 * is an option of base.config in whose place one of theirs comes.
 */
export const withCollectionOptions = (
  fragments: Fragments,
  base: readonly Option[],
  asked: readonly Option[],
): Fragments => {
  const laid = onBase(fragments, base, asked);
  const named = new Set(fragments.options.filter((o) => !base.includes(o)).map((o) => o.name));
  const why: readonly (readonly [string, string])[] = laid.options
    .filter((option) => asked.includes(option) && !named.has(option.name))
    .map(({ name }) => [name, 'only a collection of selftests asks for it']);
  if (why.length === 0) return laid;
  const given = base
    .filter(({ name, value }) => value !== 'n' && !named.has(name))
    .map(({ name }) => [name, 'a collection of selftests has another in its place'] as const);
  const mayBeLost = { ...laid.mayBeLost, ...Object.fromEntries([...given, ...why]) };
  return { ...laid, mayBeLost };
};

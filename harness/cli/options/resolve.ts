// SPDX-License-Identifier: MIT
import { fail, ok, type Result } from '../../base/result.ts';
import { DEFAULTS, layered, liesElsewhere, type RunSpec, type SpecPatch } from '../../run/spec.ts';
import type { Invocation } from '../invocation.ts';
import type { Settings } from '../settings/config.ts';
import { declarationsOf, nameOf, type Declaration } from './declare.ts';

/** What a command asks for besides its options, under and over all that a person says. */
export interface OwnPatches {
  readonly under?: SpecPatch;
  readonly over?: SpecPatch;
  /** An option that is taken for typed: a command may have its subject by itself. */
  readonly typed?: readonly string[];
}

/** What a walk over many kernels asks for: each is booted once, and from its beginning. */
export const BOOTED_ONCE: OwnPatches = { under: { policy: { fork: false } } };

/**
 * The spec that a command line stands for, with kbt.yaml and the environment below it; see
 * layered() for who counts before whom. Fails with `usage` for options that contradict each
 * other: only what is typed does, all else gives way.
 */
export const specOf = (
  { command, files, env }: Invocation,
  { under = {}, over = {}, typed = [] }: OwnPatches = {},
): Result<RunSpec> => {
  const declarations = declarationsOf(command);
  const given = new Map<Declaration, unknown>(
    declarations.flatMap((one) => {
      const attribute = attributeOf(one);
      const said = command.getOptionValueSource(attribute) === 'cli';
      return said ? [[one, command.getOptionValue(attribute)] as const] : [];
    }),
  );
  const names = [...[...given.keys()].map(nameOf), ...typed];
  const clash = clashOf([...given.keys()], names);
  if (clash !== undefined) return fail('usage', clash);
  const below = declarations.filter((one) => !givesWay(one, names));
  const fromFile = (file: Settings): readonly SpecPatch[] =>
    below.flatMap((one) => patchOf(one, one.inFile && file[nameOf(one)]));
  const variables = below.flatMap((one) =>
    patchOf(one, (one.variable && env[one.variable]) || undefined),
  );
  const line = [...given].flatMap(([one, value]) => patchOf(one, value));
  const lower = files.toReversed().flatMap(fromFile);
  return ok(settle(layered(DEFAULTS, under, ...lower, ...variables, ...line, over)));
};

const attributeOf = (one: Declaration): string =>
  nameOf(one).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

const patchOf = (one: Declaration, value: unknown): readonly SpecPatch[] =>
  value === undefined ? [] : [one.patch(value as never)];

const clashOf = (given: readonly Declaration[], names: readonly string[]): string | undefined => {
  for (const one of given) {
    const other = one.excludes?.find((name) => names.includes(name));
    if (other !== undefined) return `--${nameOf(one)} and --${other} do not go together`;
    if (one.goesWith !== undefined && !names.includes(one.goesWith))
      return `--${nameOf(one)} goes with --${one.goesWith} alone`;
  }
  return undefined;
};

/** Whether what is typed leaves no room for what a file or a variable says of an option. */
const givesWay = ({ yields = [] }: Declaration, typed: readonly string[]): boolean =>
  yields.some((name) => typed.includes(name));

/** What options mean together. */
const settle = (spec: RunSpec): RunSpec => {
  const { series, seriesDirectories, posted, source, prebuilt, config, ...kernel } = spec.kernel;
  // What is tested in place of the pinned source has no series unless one is named.
  const own = liesElsewhere(spec.kernel) || source.tree !== undefined || prebuilt !== undefined;
  const named = series ?? (own ? [] : undefined);
  return {
    ...spec,
    kernel: {
      ...kernel,
      ...{ source, seriesDirectories, posted },
      // An option may name one besides.
      variants: [...new Set(kernel.variants)],
      ...(named ? { series: named } : {}),
      // A .config is what a build begins with, or what a kernel was built by.
      ...(prebuilt ? { prebuilt: { ...prebuilt, config } } : { config }),
    },
  };
};

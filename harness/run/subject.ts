// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { fitBase } from '../kconfig/fit-base.ts';
import type { Option } from '../kconfig/fragment.ts';
import { includesOf } from '../guest/compile.ts';
import { checkSuites } from '../kernel/check-suites.ts';
import { readSymbols, type Kernel } from '../kernel/kernel.ts';
import { obtainKernel } from '../kernel/obtain.ts';
import type { KernelOptions } from '../kernel/obtain-build.ts';
import { obtainPrebuiltKernel, type PrebuiltKernel } from '../kernel/prebuilt/prebuilt-kernel.ts';
import { packKernel } from '../kernel/package.ts';
import { obtainKit } from '../kernel/kit/userland-kit.ts';
import { fragmentsAt, prefixOf } from '../series/prefix.ts';
import type { Series } from '../series/series.ts';
import { acquireSource } from '../source/acquire.ts';
import { isPinned, type Source } from '../source/source.ts';
import type { Inputs } from './inputs.ts';
import { packPrograms, type ProgramPayloads } from './tests/pack.ts';
import type { Plan } from './tests/plan.ts';
import { checkModules } from './tests/modules.ts';
import { checkOptions } from './tests/unmet.ts';
import type { RunExtras } from './run-plan.ts';
import { sourceFor, type Prepared } from './prepare.ts';
import { OWN_KERNEL, type RunResult } from './result/result.ts';
import { kernelWithoutSource, type Sourceless } from './without-source.ts';

/** What is tested. */
export interface Subject {
  readonly kernel: Kernel;
  /** What is there of its run already. */
  readonly extras: RunExtras;
  readonly source: RunResult['source'];
  /** The series that are in it, with the patches that are. */
  readonly series: readonly Series[];
}

/** A kernel of a source with its series: built, or taken from where it was. */
export const builtSubject = async (
  context: Context,
  prepared: Prepared,
): Promise<Result<Subject>> => {
  const patched = firstPatches(prepared.inputs, prepared.spec.kernel.patches);
  if (!patched.ok) return patched;
  const early = await kernelWithoutSource(context, prepared, patched.value);
  if (!early.ok) return early;
  const obtained = early.value
    ? await withKnownNeeds(prepared.plan, { ...early.value, extras: {} })
    : await ofSource(context, prepared, patched.value);
  if (!obtained.ok) return obtained;
  const { kernel, extras } = obtained.value;
  const { version, flavour, digest, verified, unpinned, tree } = obtained.value.source;
  const source = { version, flavour, digest, verified, unpinned, ...(tree ? { tree } : {}) };
  return ok({ kernel, extras, source, series: patched.value.series });
};

/** A kernel, the source that it is of, and what is there of its run. */
type Obtained = Sourceless & Pick<Subject, 'extras'>;

/** The same of a source that is at hand, or fetched now. */
const ofSource = async (
  context: Context,
  prepared: Prepared,
  { series, fragments }: Pick<KernelOptions, 'series' | 'fragments'>,
): Promise<Result<Obtained>> => {
  const asked = prepared.spec.kernel;
  const source = await sourceFor(context, asked.source, prepared.inputs);
  if (!source.ok) return source;
  const { packages } = asked;
  const patched = { series, fragments };
  const kernelOptions = await kernelOptionsOf(context, prepared, source.value, patched);
  let payloads: ProgramPayloads | undefined;
  const kernel = await obtainKernel(context, kernelOptions, async (inner, unbuilt, spare) => {
    const right = isPinned(source.value)
      ? checkNames(prepared, kernelOptions.fragments.options, unbuilt.symbols)
      : ok(undefined);
    if (!right.ok) return right;
    const suites = series.flatMap((one) => one.suites);
    const named = await checkSuites(unbuilt.tree, suites);
    if (!named.ok) return named;
    const includes = await includesOf(inner, unbuilt.kit);
    const packed = await packPrograms(inner, prepared.plan, includes, spare);
    if (packed.ok) payloads = packed.value;
    return packed.ok ? ok(undefined) : packed;
  });
  if (!kernel.ok) return kernel;
  const obtained = { kernel: kernel.value, source: source.value, extras: { payloads } };
  const known = await withKnownNeeds(prepared.plan, obtained);
  if (!known.ok || !packages) return known;
  const packed = await packKernel(context, kernelOptions, packages.directory);
  return packed.ok ? ok({ ...obtained, extras: { payloads, image: packed.value.image } }) : packed;
};

/** The kernel that is asked for, of a source. */
export const kernelOptionsOf = async (
  context: Context,
  { spec: { kernel }, inputs, variant }: Prepared,
  source: Source,
  { series, fragments }: Pick<KernelOptions, 'series' | 'fragments'>,
): Promise<KernelOptions> => ({
  ...{ source, series, variant, modules: inputs.modules },
  fragments: await fitBase(context, source, fragments, inputs.baseOptions),
  allowWarnings: kernel.allowWarnings,
  ...(kernel.packages ? { localVersion: kernel.packages.localVersion } : {}),
});

/** Whether the source has all options that people name. Fails, naming the line. */
export const checkNames = (
  { inputs, plan }: Pick<Prepared, 'inputs' | 'plan'>,
  options: readonly Option[],
  symbols: ReadonlySet<string>,
): Result<void> => {
  const known = checkOptions(plan.programs, symbols);
  if (!known.ok) return known;
  // What is off survives olddefconfig under any name: a misspelling shows only here.
  const odd = options.find(
    (option) =>
      option.value === 'n' && !symbols.has(option.name) && !inputs.baseOptions.includes(option),
  );
  return odd === undefined
    ? ok(undefined)
    : fail('unbuildable', `no Kconfig of this source has ${odd.name}`, {
        code: 'option-unknown',
        where: odd.where,
        remedy: 'look for a misspelling, or take the line out',
      });
};

/** The same of programs for a kernel in the store, which may have been built for other programs. */
const withKnownNeeds = async (
  { programs }: Plan,
  obtained: Obtained,
): Promise<Result<Obtained>> => {
  const asks = programs.some(({ needs }) => needs.config.length > 0);
  const symbols =
    asks && isPinned(obtained.source) ? await readSymbols(obtained.kernel) : undefined;
  const known = symbols ? checkOptions(programs, symbols) : ok(undefined);
  const loadable = known.ok ? checkModules(programs, obtained.kernel) : known;
  return loadable.ok ? ok(obtained) : loadable;
};

/** A kernel that was built elsewhere; the pinned source gives the headers for its programs. */
export const prebuiltSubject = async (
  context: Context,
  { inputs: { pin }, spec }: Prepared,
  own: PrebuiltKernel,
): Promise<Result<Subject>> => {
  const { given, frozen } = spec.kernel.source;
  const source = await acquireSource(context, pin, { given, frozen });
  if (!source.ok) return source;
  const kit = await obtainKit(context, source.value);
  if (!kit.ok) return kit;
  const kernel = await obtainPrebuiltKernel(context, own, kit.value);
  if (!kernel.ok) return kernel;
  const { release, fingerprint } = kernel.value;
  const unknown = { flavour: OWN_KERNEL, verified: false, unpinned: false };
  if (own.config === undefined)
    context.emit({
      type: 'warning',
      text: `nobody says how ${release} was built, by --config, a file config-${release} beside it or CONFIG_IKCONFIG in it: what the guest boots by is not checked`,
    });
  const told = { version: release, digest: `kernel:${fingerprint}`, ...unknown };
  return ok({ kernel: kernel.value, extras: {}, source: told, series: [] });
};

/** The series and their options, or the first patches of them with theirs. Fails with `usage`. */
export const firstPatches = (
  { series, fragments }: Inputs,
  count: number | undefined,
): Result<Pick<KernelOptions, 'series' | 'fragments'>> => {
  if (count === undefined) return ok({ series, fragments });
  const all = series.reduce((sum, { patches }) => sum + patches.length, 0);
  if (count > all) return fail('usage', `--patches ${count}: there are only ${all}`);
  const { start, mayBeLost } = fragments;
  const first = fragmentsAt(fragments.options, series, count);
  const lost = { ...mayBeLost, ...first.mayBeLost };
  return ok({
    series: prefixOf(series, count),
    fragments: {
      ...first,
      ...(Object.keys(lost).length === 0 ? {} : { mayBeLost: lost }),
      ...(start === undefined ? {} : { start }),
    },
  });
};

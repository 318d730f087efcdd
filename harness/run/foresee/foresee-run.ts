// SPDX-License-Identifier: MIT
import { MISSES } from '../../base/cache/hits.ts';
import { readTook, type Took } from '../../base/cache/took.ts';
import type { Context } from '../../base/context.ts';
import { ok, type Result } from '../../base/result.ts';
import { includesOf } from '../../guest/compile.ts';
import { checkSuites } from '../../kernel/check-suites.ts';
import { foreseeKernel, type ForeseenKernel } from '../../kernel/objects/foresee-kernel.ts';
import { findKit } from '../../kernel/kit/userland-kit.ts';
import { symbolsOf } from '../../kconfig/symbols.ts';
import { describe } from '../../source/acquire.ts';
import { isPinned, type Source } from '../../source/source.ts';
import { prepare, type Prepared } from '../prepare.ts';
import type { RunSpec } from '../spec.ts';
import { checkNames, firstPatches, kernelOptionsOf } from '../subject.ts';
import { afterKernel } from './after-kernel.ts';
import { lookingOnly, sourceAtHand } from './at-hand.ts';
import { quick, type ForeseenStep } from './step.ts';
import { readPrebuilt } from '../rootfs.ts';

/** What a run would do, and how long it would take. */
export interface ForeseenRun {
  readonly steps: readonly ForeseenStep[];
  readonly kernel: ForeseenKernel | undefined;
}

/**
 * Goes through a run as far as can be without building anything: all that a person may have got
 * wrong is looked for, patches are applied to no tree, and the stores are looked into. Fails as
 * the run would.
 */
export const foreseeRun = async (outer: Context, asked: RunSpec): Promise<Result<ForeseenRun>> => {
  const context = lookingOnly(outer);
  const own = await readPrebuilt(asked);
  if (!own.ok) return own;
  const prepared = await prepare(context, asked);
  if (!prepared.ok) return prepared;
  const took = await readTook(context.cache);
  const { spec, inputs } = prepared.value;
  const source = await sourceAtHand(context, spec.kernel.source, inputs);
  if (!source.ok) return source;
  if (!source.value) {
    const what = `Linux ${inputs.pin.version} is not here: to fetch or unpack; what depends on it is not known yet`;
    const milliseconds = took.of('source', 'made');
    return ok({ steps: [{ step: 'source', what, milliseconds }], kernel: undefined });
  }
  const steps: ForeseenStep[] = [
    { step: 'source', what: describe(source.value), milliseconds: quick(took, 'source') },
  ];
  if (own.value) {
    const kit = await findKit(context, source.value, source.value);
    if (!kit.ok) return kit;
    steps.push({ step: 'kernel', what: 'as it is given', milliseconds: 0 });
    const includes = kit.value && (await includesOf(context, kit.value));
    const known = { took, includes, kernel: undefined };
    const rest = await afterKernel(context, prepared.value, known);
    return rest.ok ? ok({ steps: [...steps, ...rest.value], kernel: undefined }) : rest;
  }
  const patched = firstPatches(inputs, spec.kernel.patches);
  if (!patched.ok) return patched;
  const options = await kernelOptionsOf(context, prepared.value, source.value, patched.value);
  const kernel = await foreseeKernel(context, options);
  if (!kernel.ok) return kernel;
  if (kernel.value.kind === 'stored') {
    steps.push(kernelStep(kernel.value, took));
    const includes = await includesOf(context, kernel.value.kernel);
    const known = { took, includes, kernel: kernel.value.kernel };
    const rest = await afterKernel(context, prepared.value, known);
    return rest.ok ? ok({ steps: [...steps, ...rest.value], kernel: kernel.value }) : rest;
  }
  const right = await isRight(prepared.value, source.value, kernel.value, options);
  if (!right.ok) return right;
  const kit = await findKit(context, source.value, kernel.value.applied);
  if (!kit.ok) return kit;
  const count = options.series.flatMap(({ patches }) => patches).length;
  const applies = `${count} patch${count === 1 ? '' : 'es'}, which apply`;
  steps.push(
    { step: 'tree', what: applies, milliseconds: took.of('tree', 'made') },
    kit.value
      ? { step: 'headers', what: 'there', milliseconds: quick(took, 'headers') }
      : { step: 'headers', what: 'to export', milliseconds: took.of('headers', 'made') },
    kernelStep(kernel.value, took),
  );
  const includes = kit.value && (await includesOf(context, kit.value));
  const rest = await afterKernel(context, prepared.value, { took, includes, kernel: undefined });
  return rest.ok ? ok({ steps: [...steps, ...rest.value], kernel: kernel.value }) : rest;
};

/** What only a look into the patched source tells: options and suites that nobody has. */
const isRight = async (
  prepared: Prepared,
  source: Source,
  { applied }: Extract<ForeseenKernel, { kind: 'to-build' }>,
  { fragments, series }: Awaited<ReturnType<typeof kernelOptionsOf>>,
): Promise<Result<void>> => {
  const names = isPinned(source)
    ? checkNames(prepared, fragments.options, await symbolsOf(applied))
    : ok(undefined);
  return names.ok
    ? checkSuites(
        applied,
        series.flatMap(({ suites }) => suites),
      )
    : names;
};

/** The step in which a kernel is found or built. */
export const kernelStep = (kernel: ForeseenKernel, took: Took): ForeseenStep => {
  const milliseconds =
    kernel.kind === 'stored'
      ? quick(took, 'kernel')
      : took.of('kernel', kernel.miss, kernel.objects?.compiled);
  if (kernel.kind === 'stored')
    return {
      step: 'kernel',
      what: `there (${kernel.kernel.fingerprint.slice(0, 12)})`,
      milliseconds,
    };
  const { objects, miss } = kernel;
  const much = objects ? `, some ${objects.compiled} of ${objects.of} objects` : '';
  return { step: 'kernel', what: `to build: ${MISSES[miss]}${much}`, milliseconds };
};

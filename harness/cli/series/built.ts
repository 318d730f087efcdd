// SPDX-License-Identifier: MIT
import type { Context } from '../../base/context.ts';
import type { Result } from '../../base/result.ts';
import { obtainBuild } from '../../kernel/obtain-build.ts';
import { prepareWithSource } from '../../run/prepare.ts';
import { layered, type RunSpec } from '../../run/spec.ts';
import { kernelOptionsOf } from '../../run/subject.ts';

/** The build directory of a series, made where it is not there or behind. Fails as a run of it does. */
export const builtOf = async (
  context: Context,
  spec: RunSpec,
  name: string,
): Promise<Result<string>> => {
  const asked = layered(spec, { kernel: { series: [name], allowWarnings: true } });
  const prepared = await prepareWithSource(context, asked);
  if (!prepared.ok) return prepared;
  const { source, inputs } = prepared.value;
  const { series, fragments } = inputs;
  const options = await kernelOptionsOf(context, prepared.value, source, { series, fragments });
  return obtainBuild(context, options);
};

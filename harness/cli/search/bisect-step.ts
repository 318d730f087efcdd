// SPDX-License-Identifier: MIT
import { ARCH } from '../../arch/host.ts';
import { fail } from '../../base/result.ts';
import { askOnce, GIT_BISECT } from '../../bisect/step.ts';
import { prepareWithSource } from '../../run/prepare.ts';
import { SCHEMA } from '../../run/result/result.ts';
import { attempt } from '../attempt.ts';
import type { Invocation } from '../invocation.ts';
import { BOOTED_ONCE, specOf } from '../options/resolve.ts';
import { resultDirectory, writeOutputs } from '../results/outputs.ts';
import { planFor, questionIn, type QuestionOptions } from './question-option.ts';
import type { OutputFiles } from '../results/rendering-options.ts';

/** Looks at a tree as it stands, and answers in the exit codes that `git bisect run` wants. */
export const bisectStepCommand = async (
  options: QuestionOptions & OutputFiles,
  invocation: Invocation,
): Promise<number> => {
  const directory = resultDirectory(invocation);
  const { result, refuse, exitCode } = await attempt(
    invocation,
    async (context) => {
      const asked = questionIn(options);
      if (!asked.ok) return asked;
      const question = asked.value;
      if (!question)
        return fail('usage', 'it is not said what is asked', {
          remedy: 'give one of --test, --report, --boot, --build, --warning, --run',
        });
      const asks = specOf(invocation, {
        // Its subject is a tree: the one in which it stands, unless another is named.
        under: { ...BOOTED_ONCE.under, kernel: { source: { tree: process.cwd() } } },
        over: { output: { directory } },
        typed: ['tree'],
      });
      if (!asks.ok) return asks;
      const prepared = await prepareWithSource(context, asks.value);
      if (!prepared.ok) return prepared;
      const plan = planFor(prepared.value.plan, question);
      return plan.ok ? askOnce(context, prepared.value, plan.value, question) : plan;
    },
    { asLog: true },
  );
  const { json } = options;
  if (!result.ok) return refuse(result.failure, { json, code: GIT_BISECT.stop });
  const { verdict, why } = result.value;
  const told = { schema: SCHEMA, kind: 'bisect-step', architecture: ARCH.name, ...result.value };
  const written = await writeOutputs([[json, `${JSON.stringify(told, null, 2)}\n`]]);
  if (!written.ok) return refuse(written.failure, { code: GIT_BISECT.stop });
  process.stdout.write(`${verdict}: ${why}\n`);
  return exitCode(GIT_BISECT[verdict]);
};

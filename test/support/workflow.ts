// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { parse } from 'yaml';

type Values = Readonly<Record<string, string>>;

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Values;
}

interface Job {
  readonly env?: Values;
  readonly strategy?: { readonly matrix?: Readonly<Record<string, readonly (string | number)[]>> };
  readonly steps: readonly Step[];
}

/** One run of a job: a value of its matrix, by name, and what its steps printed and ended with. */
export interface JobRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Actions that bring a file or take one away: where all jobs share one directory they have nothing to do. */
const KNOWN =
  /^actions\/(checkout|setup-node|cache(\/(restore|save))?|(up|down)load-artifact)@v\d+$/;

/**
 * Runs a job of a workflow as GitHub would: each `run` step by bash in a checkout, with the
 * environment of workflow, job and step, whose expressions stand for `values` (`inputs.good`).
 * An expression or an action that is not known here fails.
 */
export const runJob = async (
  file: string,
  name: string,
  checkout: string,
  values: Values,
  env: Values,
): Promise<JobRun> => {
  const workflow = parse(await readFile(file, 'utf8')) as {
    readonly env?: Values;
    readonly jobs: Readonly<Record<string, Job>>;
  };
  const job = workflow.jobs[name];
  if (!job) throw new Error(`${file} has no job ${name}`);
  const filled = (given: Values = {}): Values =>
    Object.fromEntries(Object.entries(given).map(([key, text]) => [key, fill(text, values)]));
  let stdout = '';
  let stderr = '';
  for (const step of job.steps) {
    if (step.uses !== undefined && !KNOWN.test(step.uses))
      throw new Error(`nobody knows what ${step.uses} does`);
    if (step.run === undefined) continue;
    if (step.run.includes('${{')) throw new Error(`an expression in a script: ${step.run}`);
    const ran = await execa('bash', ['-e', '-o', 'pipefail', '-c', step.run], {
      cwd: checkout,
      env: { ...filled(workflow.env), ...filled(job.env), ...filled(step.env), ...env },
      reject: false,
      stdin: 'ignore',
    });
    stdout += ran.stdout;
    stderr += ran.stderr;
    if (ran.exitCode !== 0) return { code: ran.exitCode ?? 255, stdout, stderr };
  }
  return { code: 0, stdout, stderr };
};

/** The values of a job's matrix under one name. */
export const matrixOf = async (
  file: string,
  job: string,
  key: string,
): Promise<readonly string[]> => {
  const workflow = parse(await readFile(file, 'utf8')) as {
    readonly jobs: Readonly<Record<string, Job>>;
  };
  return (workflow.jobs[job]?.strategy?.matrix?.[key] ?? []).map(String);
};

const fill = (text: string, values: Values): string =>
  text.replace(/\$\{\{\s*([\w.-]+)\s*\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`nobody knows what ${name} is`);
    return value;
  });

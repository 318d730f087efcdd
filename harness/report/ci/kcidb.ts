// SPDX-License-Identifier: MIT
import { OUTCOMES } from '../../base/outcome.ts';
import { failed, skipped, type KtapResult } from '../../ktap/read.ts';
import type { ProgramResult } from '../../run/result/program-result.ts';
import type { AnyResult, FailedResult, RunResult } from '../../run/result/result.ts';

/** What a submission says besides what the runs do. */
export interface Submitter {
  /** The CI system, as KernelCI knows it: `[a-z0-9_]+`. */
  readonly origin: string;
  /** Where the files of results lie for all to see; no log is named without it. */
  readonly filesUrl?: string | undefined;
}

/** No excerpt of a log is longer, in characters. */
const EXCERPT = 16_384;

/**
 * Runs as a submission to KernelCI's database, by kcidb-io's schema 5.3. A checkout is
 * a source and its patches, a build is a kernel by its fingerprint: runs of one kernel
 * share both. Tests are programs and, below them, their results: a line each, a piece a
 * program.
 */
export function* renderKcidb(
  results: readonly AnyResult[],
  submitter: Submitter,
): Generator<string> {
  const runs = results.filter((result) => result.kind === 'run');
  const failed = results.filter((result) => result.kind === 'failed');
  const distinct = <T extends { readonly id: string }>(all: readonly T[]): readonly T[] => [
    ...new Map(all.map((one) => [one.id, one])).values(),
  ];
  const checkouts = distinct([
    ...runs.map((run) => checkoutOf(run, submitter)),
    ...failed.map((one) => failedCheckout(one, submitter)),
  ]);
  const builds = distinct([
    ...runs.map((run) => buildOf(run, submitter)),
    ...failed.filter(isCheckedOut).map((one) => failedBuild(one, submitter)),
  ]);
  const head = JSON.stringify({ version: { major: 5, minor: 3 }, checkouts, builds });
  yield `${head.slice(0, -1)},"tests":[`;
  let before = '';
  for (const run of runs)
    for (const program of run.programs) {
      yield `${before}\n${testsOf(run, program, submitter).join(',\n')}`;
      before = ',';
    }
  yield '\n]}\n';
}

const checkoutId = ({ source, patchset }: RunResult, { origin }: Submitter): string =>
  `${origin}:${source.digest}${patchset === '' ? '' : `-${patchset}`}`;

const buildId = ({ kernel }: RunResult, { origin }: Submitter): string =>
  `${origin}:${kernel.fingerprint}`;

const checkoutOf = (run: RunResult, submitter: Submitter) => {
  const { source, series, patchset } = run;
  return {
    id: checkoutId(run, submitter),
    origin: submitter.origin,
    patchset_hash: patchset,
    comment: plain(
      [
        `Linux ${source.version} ${source.tree ?? source.flavour}`,
        ...series.map(({ name }) => name),
      ].join(', '),
    ),
    valid: true,
  };
};

const buildOf = (run: RunResult, submitter: Submitter) => ({
  id: buildId(run, submitter),
  checkout_id: checkoutId(run, submitter),
  origin: submitter.origin,
  architecture: run.architecture,
  comment: plain(run.kernel.release),
  status: 'PASS',
});

/** Of what came to no run the source may not be known: it stands for itself. */
const failedId = ({ cell = 'kbt', started }: FailedResult, { origin }: Submitter): string =>
  `${origin}:${started}-${cell}`;

const isCheckedOut = ({ failure }: FailedResult): boolean => failure.code !== 'patch-rejected';

const failedCheckout = (result: FailedResult, submitter: Submitter) => ({
  id: failedId(result, submitter),
  origin: submitter.origin,
  comment: plain(result.series?.map(({ name }) => name).join(', ') ?? result.failure.what),
  valid: isCheckedOut(result),
});

const failedBuild = (result: FailedResult, submitter: Submitter) => {
  const { architecture, failure } = result;
  const id = failedId(result, submitter);
  return {
    ...{ id, checkout_id: id, origin: submitter.origin, architecture },
    comment: plain(failure.what),
    // Of a machine that failed nothing was learnt about the kernel.
    status: failure.kind === 'unbuildable' ? 'FAIL' : 'ERROR',
    misc: { kbt_failure: failure.code },
  };
};

/** A program and its results, each as JSON. */
const testsOf = (
  run: RunResult,
  program: ProgramResult,
  submitter: Submitter,
): readonly string[] => {
  const { name, outcome, why, milliseconds, reports, output } = program;
  const { machine, started } = run;
  const common = {
    build_id: buildId(run, submitter),
    origin: submitter.origin,
    start_time: started,
    environment: {
      comment: `QEMU, ${machine.accelerator}`,
      misc: { cpus: machine.cpus, memory_mib: machine.memoryMiB },
    },
  };
  const id = `${submitter.origin}:${started}-${run.cell ?? run.kernel.fingerprint.slice(0, 12)}-${name}`;
  const log = reports.flatMap(({ lines }) => lines).join('\n');
  const url =
    submitter.filesUrl === undefined || output === undefined
      ? undefined
      : `${submitter.filesUrl}/${encodeURIComponent(output)}`;
  const whole = {
    ...common,
    id,
    path: pathOf([name]),
    status: OUTCOMES[outcome].kcidb,
    duration: milliseconds / 1000,
    ...(why === undefined ? {} : { comment: plain(why) }),
    ...(log === '' ? {} : { log_excerpt: plain(log).slice(0, EXCERPT) }),
    ...(url === undefined ? {} : { log_url: url }),
    misc: { kbt_outcome: outcome },
  };
  // The results of what did not come to its end prove nothing.
  const leaves =
    OUTCOMES[outcome].junit === 'error' ? [] : program.results.flatMap((one) => leavesOf(one, []));
  // What all have alike is most of it.
  const alike = JSON.stringify(common).slice(1);
  const leafOf = ({ path, result }: Leaf, index: number): string => {
    const own = {
      id: `${id}-${index + 1}`,
      path: pathOf([name, ...path]),
      status: failed(result) ? 'FAIL' : skipped(result) ? 'SKIP' : 'PASS',
      comment: plain(path.join(' > ')),
    };
    return `${JSON.stringify(own).slice(0, -1)},${alike}`;
  };
  return [JSON.stringify(whole), ...leaves.map(leafOf)];
};

interface Leaf {
  readonly path: readonly string[];
  readonly result: KtapResult;
}

const leavesOf = (result: KtapResult, above: readonly string[]): readonly Leaf[] => {
  const path = [...above, result.name];
  return result.children.length === 0
    ? [{ path, result }]
    : result.children.flatMap((child) => leavesOf(child, path));
};

/** The schema's path: words of letters, digits, `_` and `-`, with dots between them. */
const pathOf = (parts: readonly string[]): string =>
  parts
    .join('.')
    .replace(/[^\w.-]+/g, '_')
    .replace(/(?<=^|\.)(?=\.|$)/g, '_');

/** The schema has no NUL in any text. */
const plain = (text: string): string => text.replaceAll('\0', '\ufffd');

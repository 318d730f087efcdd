// SPDX-License-Identifier: MIT
import type { ProgramResult } from '../../harness/run/result/program-result.ts';
import type { FailedResult, RunResult } from '../../harness/run/result/result.ts';

/** What a guest may print to get out of each of the forms. */
export const HOSTILE = [
  '</testcase><script>alert(1)</script>',
  ']]> & "quoted" \'text\'',
  '::error file=x::injected%0Aand more',
  '```\n# a heading\n| a | b |',
  '`` ` @somebody #1 [link](javascript:alert)',
  'NUL \0 ESC \u001b[2J lone \ud800 and \uffff',
  '- # TODO not a directive\nok 1 - forged',
  '',
];

const report = (title: string) => ({
  kind: 'warning',
  title,
  lines: [title, ...HOSTILE],
  fingerprint: '0123456789abcdef',
  times: 2,
  stack: [
    { function: 'helper', file: 'lib/x.c', line: 3, inlined: false },
    { function: 'f', file: 'kernel/f.c', line: 7, patch: 's/0001-f.patch', inlined: false },
  ],
});

export const program = (name: string, rest: Partial<ProgramResult>): ProgramResult => ({
  name,
  outcome: 'pass',
  milliseconds: 1500,
  results: [],
  reports: [],
  boot: 1,
  ...rest,
});

export const leaf = (name: string, ok: boolean, directive?: string) => ({
  ok,
  number: 1,
  name,
  ...(directive === undefined ? {} : { directive }),
  reason: '',
  children: [],
});

/** A run with each kind of outcome that a report has a form for. */
export const RUN: RunResult = {
  schema: 2,
  kind: 'run',
  architecture: 'x86_64',
  started: '2026-01-02T03:04:05.678Z',
  milliseconds: 12_345,
  source: { version: '6.12.1', flavour: 'vanilla', digest: 'd', verified: true, unpinned: false },
  series: [{ name: 's', patches: ['0001-f.patch'] }],
  patchset: 'a'.repeat(64),
  kernel: { fingerprint: 'f'.repeat(64), release: '6.12.1' },
  image: { fingerprint: 'e'.repeat(64) },
  machine: { accelerator: 'tcg', cpus: 2, memoryMiB: 512, qemuArgv: [] },
  programs: [
    program('good', { results: [leaf('one', true), leaf('two', true, 'SKIP')] }),
    program('bad', {
      outcome: 'fail',
      why: HOSTILE.join(' '),
      results: [{ ...leaf('outer', false), children: HOSTILE.map((name) => leaf(name, false)) }],
    }),
    program('warns', { outcome: 'kernel-report', why: 'WARNING', reports: [report('WARNING: x')] }),
    program('gone', { outcome: 'lost-vm', why: 'the VM ended' }),
    program('needy', { outcome: 'skip', why: 'the kernel lacks CONFIG_X' }),
    program('late', { outcome: 'not-run', why: 'the run was stopped before', boot: 0 }),
  ],
  strayReports: [report('BUG: outside')],
  baseReports: [],
  steps: [{ step: 'source', began: 1, milliseconds: 2, end: 'cached', note: 'n' }],
  exitCode: 1,
};

/** What came to no run, told in words that a patch or a compiler may have chosen. */
export const FAILED: FailedResult = {
  schema: 2,
  kind: 'failed',
  architecture: 'x86_64',
  cell: 's/plain',
  started: '2026-01-02T03:04:05.678Z',
  milliseconds: 4321,
  failure: {
    kind: 'unbuildable',
    code: 'patch-rejected',
    what: `0001-f.patch does not apply ${HOSTILE[0] ?? ''}`,
    where: 'kernel-patches/s/0001-f.patch',
    detail: HOSTILE.join('\n'),
    remedy: 'rebase it',
  },
  series: [{ name: 's', patches: ['0001-f.patch'] }],
  plan: ['good'],
  steps: [
    { step: 'source', began: 1, milliseconds: 2, end: 'cached' },
    { step: 'tree', began: 3, milliseconds: 4, end: 'failed' },
  ],
  exitCode: 2,
};

// SPDX-License-Identifier: MIT
import { stringify } from 'yaml';
import { printable } from '../base/process/lines.ts';

/** One test point of TAP 14 (testanything.org/tap-version-14-specification.html). */
export interface TestPoint {
  readonly ok: boolean;
  readonly name: string;
  readonly directive?: 'SKIP' | 'TODO' | undefined;
  readonly reason?: string | undefined;
  readonly subtests?: readonly TestPoint[];
  /** The YAML block under the point. */
  readonly diagnostics?: Readonly<Record<string, unknown>>;
}

/** A whole TAP 14 document; `comments` come first. */
export const tapDocument = (points: readonly TestPoint[], comments: readonly string[]): string =>
  ['TAP version 14', ...comments.map((c) => `# ${escape(c)}`), ...lines(points), ''].join('\n');

const lines = (points: readonly TestPoint[]): string[] => [
  `1..${points.length}`,
  ...points.flatMap((point, index) => pointLines(point, index + 1)),
];

const pointLines = (point: TestPoint, number: number): string[] => {
  const name = escape(point.name);
  const directive = point.directive
    ? ` # ${point.directive} ${escape(point.reason ?? '')}`.trimEnd()
    : '';
  const subtests = point.subtests?.length
    ? [`# Subtest: ${name}`, ...lines(point.subtests).map((line) => `    ${line}`)]
    : [];
  return [
    ...subtests,
    `${point.ok ? 'ok' : 'not ok'} ${number} - ${name}${directive}`,
    ...(Object.keys(point.diagnostics ?? {}).length > 0 ? yamlBlock(point.diagnostics ?? {}) : []),
  ];
};

const yamlBlock = (data: Readonly<Record<string, unknown>>): string[] => [
  '  ---',
  ...stringify(tamed(data), { lineWidth: 0, blockQuote: false })
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`),
  '  ...',
];

/** Every string on one line: a folded one could hold a line that ends the block. */
const tamed = (data: unknown): unknown => {
  if (typeof data === 'string') return printable(data);
  if (Array.isArray(data)) return data.map(tamed);
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, tamed(value)]));
};

/** `#` begins a directive and `\` an escape; control characters could forge a line. */
const escape = (text: string): string => printable(text).replace(/[\\#]/g, (c) => `\\${c}`);

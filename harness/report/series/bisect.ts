// SPDX-License-Identifier: MIT
import type { Bisected } from '../../bisect/bisect.ts';
import { printable } from '../../base/process/lines.ts';
import { tapDocument } from '../../ktap/tap14.ts';
import { describeStackLine } from '../../run/program/explain.ts';
import { took } from '../terminal/plain.ts';

const percent = (share: number): string => `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;

/** A culprit was found, it is one, and taking it out cured the fault or could not be tried. */
export const isFound = ({ suspects, cure }: Bisected): boolean =>
  suspects.length === 1 && cure?.verdict !== 'not cured';

/** As TAP 14: what a bisection promises, a point each. */
export const renderBisectTap = (found: Bisected): string => {
  const { suspects, steps, measured, cure, confidence, why, blame, byHand } = found;
  const [culprit = ''] = suspects;
  const single = suspects.length === 1;
  return tapDocument(
    [
      {
        ok: true,
        name: 'the bad end fails',
        diagnostics: { failures: measured.failures, runs: measured.runs },
      },
      { ok: true, name: 'the good end does not' },
      {
        ok: single,
        name: single ? `the culprit is ${culprit}` : 'the culprit is one of several',
        diagnostics: {
          ...(single ? { why, confidence: percent(confidence) } : { suspects }),
          ...(blame.length > 0 ? { blame: blame.map(describeStackLine) } : {}),
          ...(byHand.length > 0 ? { by_hand: byHand } : {}),
          steps: steps.map(({ verdict, label, why: said }) => `${verdict} ${label}: ${said}`),
        },
      },
      ...(cure
        ? [
            {
              ok: cure.verdict !== 'not cured',
              name: 'without the culprit it does not fail',
              ...(cure.verdict === 'unknown'
                ? { directive: 'SKIP' as const, reason: cure.why }
                : { diagnostics: { outcome: cure.verdict, why: cure.why } }),
            },
          ]
        : []),
    ],
    [found.line, found.question],
  );
};

/** For a person: every place that was asked, then the verdict and what stands behind it. */
export const renderBisect = (found: Bisected): string => {
  const { suspects, steps, measured, cure, confidence, why, blame, byHand } = found;
  const [culprit = ''] = suspects;
  const table = steps.map(({ verdict, label, why: said, runs, milliseconds, known }) => {
    const how =
      known === 'asked' ? `${runs > 1 ? `${runs} runs, ` : ''}${took(milliseconds)}` : known;
    return `  ${verdict.padEnd(4)}  ${printable(label)}: ${printable(said)} (${how})`;
  });
  const flaky = measured.failures < measured.runs;
  const verdict =
    suspects.length === 1
      ? [
          `the culprit is ${printable(culprit)}`,
          `  it fails so: ${printable(why)}`,
          `  confidence ${percent(confidence)}${flaky ? `: at the bad end ${measured.failures} of ${measured.runs} runs failed` : ''}`,
          ...blame.map((line) => `  to blame: ${printable(describeStackLine(line))}`),
          ...(cure ? [`  ${cure.verdict}: ${printable(cure.why)}`] : []),
          '  again by hand:',
          ...byHand.map((command) => `    ${printable(command)}`),
        ]
      : [
          'the culprit is one of these; those between could not be asked:',
          ...suspects.map((one) => `  ${printable(one)}`),
        ];
  return [`${found.line}: ${found.question}`, ...table, '', ...verdict].join('\n');
};

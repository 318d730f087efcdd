// SPDX-License-Identifier: MIT
import type { Cost } from '../../measure/cost/cost.ts';
import type { Coverage } from '../../measure/coverage/coverage.ts';
import { percent, type Counted } from '../../measure/coverage/join.ts';
import { costCells } from '../series/cost.ts';
import { section, textTable } from './parts.ts';

/** The lines of patches that ran. */
export const coverageTable = ({ patches, total }: Coverage): readonly string[] => {
  const row = (name: string, counted: Counted): readonly string[] => [
    name,
    ...[counted.lines, counted.run].map(String),
    `${percent(counted).toFixed(1)} %`,
    ...[counted.branches, counted.taken].map(String),
  ];
  return section('Lines that ran', [
    textTable(
      'Lines that ran',
      ['patch', 'lines', 'ran', '', 'branches', 'taken'],
      [
        ...patches.filter(({ lines }) => lines > 0).map((one) => row(one.name, one)),
        row('all', total),
      ],
    ),
  ]);
};

/** What a series costs. */
export const costTable = ({ instructions, bytes, memory }: Cost): readonly string[] =>
  section(
    'What it costs',
    (
      [
        ['instructions', instructions],
        ['bytes', bytes],
        ['KiB of memory', memory],
      ] as const
    )
      .filter(([, rows]) => rows.length > 0)
      .map(([unit, rows]) =>
        textTable(unit, [unit, 'base', 'patched', 'difference', ''], rows.map(costCells)),
      ),
  );

// SPDX-License-Identifier: MIT
import type { Coverage } from '../../measure/coverage/coverage.ts';
import type { FileCoverage } from '../../measure/coverage/join.ts';

/** What ran, whole files, in the form of lcov's tracefiles (geninfo(1)); names are the tree's. */
export const renderLcov = ({ files }: Pick<Coverage, 'files'>): string =>
  files.map(record).join('');

const record = ({ file, functions, lines }: FileCoverage): string => {
  const counted = lines.flatMap(({ count, branches = [] }, index) =>
    count === undefined ? [] : [{ line: index + 1, count, branches }],
  );
  const branches = counted.flatMap(({ line, count, branches: all }) =>
    // A dash stands for a branch that nothing came to.
    all.map((taken, n) => `BRDA:${line},0,${n},${count === 0 ? '-' : taken}`),
  );
  const taken = counted.flatMap((one) => one.branches).filter((count) => count > 0);
  return [
    'TN:kbt',
    `SF:${file}`,
    ...functions.map(({ first, name }) => `FN:${first},${name}`),
    ...functions.map(({ count, name }) => `FNDA:${count},${name}`),
    `FNF:${functions.length}`,
    `FNH:${functions.filter(({ count }) => count > 0).length}`,
    ...branches,
    `BRF:${branches.length}`,
    `BRH:${taken.length}`,
    ...counted.map(({ line, count }) => `DA:${line},${count}`),
    `LF:${counted.length}`,
    `LH:${counted.filter(({ count }) => count > 0).length}`,
    'end_of_record',
    '',
  ].join('\n');
};

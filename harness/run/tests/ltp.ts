// SPDX-License-Identifier: MIT
import { ok, type Result } from '../../base/result.ts';
import { LTPROOT, readLtp, type LtpTest } from '../../guest/ltp.ts';
import type { RunSpec } from '../spec.ts';
import type { Program } from './plan.ts';
import { NO_NEEDS } from './program-needs.ts';

/** Seconds for a test of LTP, which has limits of its own below it. */
const LIMIT_S = 300;

/** The programs that suites of LTP are, in their order. Fails as {@link readLtp} does. */
export const ltpPrograms = async ({
  tests,
  machine,
}: Pick<RunSpec, 'tests' | 'machine'>): Promise<Result<readonly Program[]>> => {
  if (tests.ltp.length === 0) return ok([]);
  const found = await readLtp(machine.rootfs ?? '', tests.ltp);
  return found.ok ? ok(found.value.map((test) => programOf(test, tests.timeout))) : found;
};

const programOf = ({ suite, tag, command }: LtpTest, timeout = LIMIT_S): Program => ({
  name: ['ltp', suite, tag].join('.'),
  source: `${LTPROOT}/runtest/${suite}`,
  kind: 'ltp',
  needs: { ...NO_NEEDS, timeout, rootfs: true },
  selftest: {
    script: [
      '#!/bin/sh',
      `export LTPROOT=${LTPROOT} PATH="$PATH:${LTPROOT}/testcases/bin" TMPDIR=/tmp LTP_COLORIZE_OUTPUT=0`,
      'cd /tmp || exit 1',
      command,
      '',
    ].join('\n'),
  },
});

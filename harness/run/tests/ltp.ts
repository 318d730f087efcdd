// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { run } from '../../base/process/process.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { LTPROOT, readLtp, type LtpTest } from '../../guest/ltp.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { RunSpec } from '../spec.ts';
import type { ProgramPayloads } from './pack.ts';
import type { Plan, Program } from './plan.ts';
import { NO_NEEDS } from './program-needs.ts';

/** The file of a kernel that says how it was built. */
const CONFIG = 'config';

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
      `[ ! -e /tests/${CONFIG} ] || export KCONFIG_PATH=/tests/${CONFIG}`,
      `export LTPROOT=${LTPROOT} PATH="$PATH:${LTPROOT}/testcases/bin" TMPDIR=/tmp LTP_COLORIZE_OUTPUT=0`,
      'cd /tmp || exit 1',
      command,
      '',
    ].join('\n'),
  },
});

/**
 * The payloads with the .config of the kernel beside each test of LTP, which looks there for what it
 * can test (lib/tst_kconfig.c of LTP). Fails with `environment`.
 */
export const withKernelConfig = async (
  context: Context,
  payloads: ProgramPayloads,
  { programs }: Plan,
  { directory }: Kernel,
): Promise<Result<ProgramPayloads>> => {
  const names = new Set(programs.flatMap(({ kind, name }) => (kind === 'ltp' ? [name] : [])));
  if (names.size === 0 || !existsSync(join(directory, CONFIG))) return ok(payloads);
  const packed = await run({
    argv: ['tar', '-cf', '-', '--owner=0', '--group=0', '-C', directory, CONFIG],
    capture: true,
    signal: context.signal,
  });
  if (packed.code !== 0)
    return fail('environment', 'tar cannot pack the .config of the kernel', {
      detail: packed.tail.slice(-5).join('\n'),
    });
  const helpers = packed.stdout;
  return ok(
    new Map(
      [...payloads].map(([name, one]) => [name, names.has(name) ? { ...one, helpers } : one]),
    ),
  );
};

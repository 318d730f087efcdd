// SPDX-License-Identifier: MIT
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OUTCOMES } from '../../harness/base/outcome.ts';
import type { RunResult } from '../../harness/run/result.ts';
import { GUEST_FAULTS, type GuestFault } from '../faults/table.ts';
import { kbt, ROOT, type Ran } from '../support/kbt.ts';
import { parseTap } from '../support/tap.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kbt-boot-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const run = async (...args: string[]): Promise<Ran & { readonly result: RunResult }> => {
  const json = join(directory, 'result.json');
  const ran = await kbt(['boot-test', '--json', json, ...args]);
  const text = await readFile(json, 'utf8').catch(() => {
    throw new Error(`no result:\n${ran.stderr}`);
  });
  await rm(json);
  return { ...ran, result: JSON.parse(text) as RunResult };
};

const FAULTS = [
  '--series-dir',
  join(ROOT, 'test', 'faults', 'series'),
  '--test-dir',
  join(ROOT, 'test', 'faults', 'programs'),
];

describe('the pinned kernel with the SynOS series', () => {
  test('boots, passes and reports strict TAP; a second run builds nothing', async () => {
    const first = await run();
    const others = first.result.programs.filter((p) => p.outcome !== 'pass');
    // That one is for kernels of the variant faultinject.
    expect(others.map((p) => [p.name, p.outcome])).toEqual([['synos_faultinject', 'skip']]);
    expect(first.result.programs.map((p) => p.name)).toContain('kunit.synos-ring');
    expect(first.result.programs.map((p) => p.name)).toContain('synos_stress');
    expect(first.result.strayReports).toEqual([]);
    expect(first.result).toMatchObject({ schema: 1, exitCode: 0 });
    expect(first.code).toBe(0);
    const { points, faults } = parseTap(first.stdout);
    expect(faults).toEqual([]);
    expect(points.map((p) => p.ok)).toEqual(first.result.programs.map(() => true));
    expect(first.stderr).toMatch(/\d+ of \d+ programs passed, 1 skipped, in/);

    const second = await run('--tests', 'smoke');
    expect(second.stderr).toMatch(/= kernel .*nothing to build/);
    expect(second.stderr).toMatch(/= programs .*nothing to compile/);
    expect(second.result.kernel.fingerprint).toBe(first.result.kernel.fingerprint);
    expect(second.result.programs.map((p) => p.name)).toEqual(['smoke']);
  });
});

describe('planted faults', () => {
  // Beside the programs of the table run smoke, before them, and a suite, after them.
  const EXPECTED: Readonly<Record<string, Omit<GuestFault, 'about'>>> = {
    ...GUEST_FAULTS,
    smoke: { outcome: 'pass' },
    'kunit.vanished': { outcome: 'error', why: 'this kernel has no KUnit suite vanished' },
  };
  const WORD = "KBT_WORD=it's here; $HOME";
  test('each have their own outcome, for their own reason, and none spoils the next', async () => {
    const { code, result, stdout, stderr } = await run(...FAULTS, '--env', WORD);
    const { programs } = result;
    // A name that is not in the table is a program that nobody has judged.
    expect(Object.fromEntries(programs.map((p) => [p.name, p.outcome]))).toEqual(
      Object.fromEntries(Object.entries(EXPECTED).map(([name, { outcome }]) => [name, outcome])),
    );
    for (const [index, { name, boot, why }] of programs.entries()) {
      const { why: expected = '', mark } = EXPECTED[name] ?? {};
      expect(why ?? '', name).toContain(expected);
      if (mark) expect(programs[index + 1]?.boot, `after ${name}`).toBe(boot + 1);
    }
    expect(result.strayReports).toEqual([]);
    expect(code).toBe(1);
    const { points, faults } = parseTap(stdout);
    expect(faults).toEqual([]);
    expect(points.map((p) => [p.name, p.ok])).toEqual(
      programs.map(({ name, outcome }) => [name, OUTCOMES[outcome].tapOk]),
    );
    // What a guest prints is data, for a terminal and for a CI runner.
    for (const text of [stdout, stderr]) {
      expect(text).not.toContain('\u001b');
      expect(text).not.toMatch(/^\s*::/m);
    }
  });

  const boot = (append: string) =>
    run(...FAULTS, '--tests', 'smoke', '--boot-timeout', '10', '--append', append);

  test('a kernel that panics at boot', async () => {
    const { code, result, stderr } = await boot('kbt_fault=panic');
    expect(stderr).toContain('the kernel panicked at boot: Kernel panic - not syncing: planted');
    expect(result.programs.map((p) => p.outcome)).toEqual(['not-run']);
    expect(code).toBe(1);
  });

  test('a kernel that hangs at boot', async () => {
    const { code, result, stderr } = await boot('kbt_fault=freeze');
    expect(stderr).toContain('the kernel did not come up within 10 s');
    expect(result.programs.map((p) => p.outcome)).toEqual(['not-run']);
    expect(code).toBe(1);
  });

  test('a kernel without an init', async () => {
    const { code, stderr } = await boot('rdinit=/nonexistent init=/nonexistent');
    expect(stderr).toContain('the kernel panicked at boot');
    expect(code).toBe(1);
  });

  test('a kernel that warns while it boots fails the run', async () => {
    const { code, result } = await boot('kbt_fault=warn');
    expect(result.strayReports.map((r) => r.kind)).toEqual(['warning']);
    expect(result.programs.map((p) => p.outcome)).toEqual(['pass']);
    expect(code).toBe(1);
  });
});

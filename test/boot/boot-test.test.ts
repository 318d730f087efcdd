// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';
import { OUTCOMES } from '../../harness/base/outcome.ts';
import { bootTest, disagreements, FAULTS } from '../support/faults.ts';
import { parseTap } from '../support/tap.ts';

describe('the pinned kernel with the SynOS series', () => {
  test('boots, passes and reports strict TAP; a second run builds nothing', async () => {
    const first = await bootTest();
    const others = first.result.programs.filter((p) => p.outcome !== 'pass');
    // That one is for kernels of the variant faultinject.
    expect(others.map((p) => [p.name, p.outcome])).toEqual([['synos_faultinject', 'skip']]);
    expect(first.result.programs.map((p) => p.name)).toContain('kunit.synos-ring');
    expect(first.result.programs.map((p) => p.name)).toContain('synos_stress');
    expect(first.result.strayReports).toEqual([]);
    expect(first.result).toMatchObject({
      schema: 2,
      kind: 'run',
      architecture: 'x86_64',
      exitCode: 0,
    });
    expect(first.code).toBe(0);
    const { points, faults } = parseTap(first.stdout);
    expect(faults).toEqual([]);
    expect(points.map((p) => p.ok)).toEqual(first.result.programs.map(() => true));
    expect(first.stderr).toMatch(/\d+ of \d+ programs passed, 1 skipped, in/);

    const second = await bootTest('--tests', 'smoke');
    expect(second.stderr).toMatch(/= kernel .*nothing to build/);
    expect(second.stderr).toMatch(/= programs .*nothing to compile/);
    expect(second.result.kernel.fingerprint).toBe(first.result.kernel.fingerprint);
    expect(second.result.programs.map((p) => p.name)).toEqual(['smoke']);
  });
});

describe('planted faults', () => {
  // One of each kind; `npm run test:faults` runs them all.
  const SOME = [
    'floods',
    'forges_a_result',
    'guest_clock_forwards',
    'guest_kills_dropbear',
    'guest_leaves_a_process',
    'hangs',
    'kernel_bug',
    'kernel_panic',
    'kernel_taint_hidden',
    'kernel_warning_silenced',
    'ktap_cut_in_not_ok',
    'ktap_marker_*',
    'needs_*',
    'ok_but_exit_1',
    'prints_nothing',
    'segfaults',
    'untouched',
    'uses_helper',
    'kunit.list-kunit-test',
  ].flatMap((name) => ['--tests', name]);

  test('each have their own outcome, for their own reason, and none spoils the next', async () => {
    const { code, result, stdout, stderr } = await bootTest(...FAULTS, ...SOME);
    const { programs } = result;
    expect(disagreements(result)).toEqual([]);
    expect(programs.length).toBeGreaterThan(18);
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
    bootTest(...FAULTS, '--tests', 'smoke', '--boot-timeout', '10', '--append', append);

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

  test('a kernel without a driver for the network card', async () => {
    const { code, result, stderr } = await boot('initcall_blacklist=virtio_net_driver_init');
    expect(stderr).toContain('the kernel drives no network card of the guest (eth0: ');
    expect(result.stopped?.code).toBe('guest-no-network');
    expect(result.programs.map((p) => p.outcome)).toEqual(['not-run']);
    expect(code).toBe(1);
  });

  test('a kernel whose console no terminal stands behind is no broken one', async () => {
    const { code, result } = await boot('initcall_blacklist=serial8250_init');
    expect([code, result.programs.map((p) => p.outcome)]).toEqual([0, ['pass']]);
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

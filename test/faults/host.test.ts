// SPDX-License-Identifier: MIT
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { cacheDirectory } from '../../harness/base/context.ts';
import { bootTest } from '../support/faults.ts';
import { ROOT } from '../support/kbt.ts';
import { openLab, type Lab, type RunMore } from '../support/lab.ts';
import { test } from '../support/fake.ts';
import { objections, type HostFault, type HostFaults } from './host/fault.ts';
import { QEMU_AT_BOOT } from './host/qemu-at-boot.ts';
import { CLOCK } from './host/clock.ts';
import { SSH } from './host/ssh.ts';
import { STORE } from './host/store.ts';
import { SYSTEM } from './host/system.ts';
import { QUICK, VM } from './host/vm.ts';

/** Plants a fault, says in a line what came of it, and gives all that is wrong with that. */
const meet = async (
  name: string,
  fault: HostFault,
  lab: Lab,
  sound: RunMore & { readonly code: number },
): Promise<readonly string[]> => {
  const ran = await fault.plant(lab);
  const alive = await lab.alive();
  // What SIGKILL ends cannot clean up: that is for the next one to do.
  const killed = fault.code === undefined;
  const left = killed ? [] : await lab.scratch();
  const next = await lab.run(sound);
  const scratch = killed ? await lab.scratch() : left;
  const wrong = [
    ...objections(fault, ran),
    ...alive.map((command) => `still alive: ${command}`),
    ...scratch.map((entry) => `left behind: ${entry}`),
    ...(next.code === sound.code ? [] : [`the next run ends with ${next.code ?? 'none'}`]),
  ];
  const end = `${ran.code ?? 'killed'} ${ran.outcome ?? ''}`.padEnd(12);
  process.stdout.write(
    `${end} ${name.padEnd(28)} ${fault.about}: ${wrong.join('; ') || 'right'}\n`,
  );
  return wrong.length === 0 ? [] : [...wrong, ran.stderr, next.stderr];
};

const FAKE: HostFaults = { ...QEMU_AT_BOOT, ...STORE, ...SYSTEM };

describe('on the fake tree, which panics in the end,', () => {
  test.for(Object.entries(FAKE))('%s', { timeout: 120_000 }, async ([name, fault], { fake }) => {
    const lab = await openLab(fake.directory, [...fake.args, '--series', 'none'], fake.env);
    expect(await meet(name, fault, lab, { code: 1 })).toEqual([]);
  });
});

describe('with a kernel in QEMU, from a saved state,', () => {
  const args = [
    'boot-test',
    '--accel',
    'tcg',
    '--test-dir',
    join(ROOT, 'test', 'faults', 'host', 'programs'),
  ];
  const env = { PATH: `${join(ROOT, 'test', 'faults', 'bin')}:${process.env['PATH'] ?? ''}` };
  let model: string;
  /** A cache of the tests' own, in which each fault gets a copy: one kernel, its image, its state. */
  beforeAll(async () => {
    model = await mkdtemp(join(tmpdir(), 'kbt-host-'));
    const shared = cacheDirectory(process.env);
    const { result } = await bootTest('--accel', 'tcg', '--tests', 'smoke');
    const kernel = join('kernels', result.kernel.fingerprint);
    const cache = join(model, 'cache');
    await mkdir(join(cache, 'kernels'), { recursive: true });
    await cp(join(shared, kernel), join(cache, kernel), { recursive: true });
    // Nothing writes there where the kernel is in the store.
    await symlink(join(shared, 'source'), join(cache, 'source'));
    const lab = await openLab(model, args, env);
    expect(await lab.run(QUICK)).toMatchObject({ code: 0, outcome: 'pass' });
  }, 1_800_000);
  afterAll(() => rm(model, { recursive: true, force: true }));

  test.for(Object.entries({ ...VM, ...SSH, ...CLOCK }))(
    '%s',
    { timeout: 180_000 },
    async ([name, fault]) => {
      const directory = await mkdtemp(join(tmpdir(), 'kbt-host-'));
      const cache = join(directory, 'cache');
      await mkdir(cache);
      for (const store of ['images', 'programs', 'snapshots'])
        await cp(join(model, 'cache', store), join(cache, store), { recursive: true });
      for (const store of ['kernels', 'source'])
        await symlink(join(model, 'cache', store), join(cache, store));
      const lab = await openLab(directory, args, env);
      const wrong = await meet(name, fault, lab, { ...QUICK, code: 0 });
      await rm(directory, { recursive: true, force: true });
      expect(wrong).toEqual([]);
    },
  );
});

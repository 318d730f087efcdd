// SPDX-License-Identifier: MIT
import { createServer } from 'node:http';
import { execa } from 'execa';
import { describe, expect } from 'vitest';
import { test, type Fake } from '../support/fake.ts';
import { kbt, marked, newMark, ROOT, until } from '../support/kbt.ts';

/** A step, and what the run is given so that it never gets out of it by itself. */
const STEPS = ['source', 'kernel', 'boot'] as const;

const start = (fake: Fake, step: (typeof STEPS)[number], mark: string, mirror: string) => {
  const [name, value] = mark.split('=');
  const args = [...fake.args, '--series', 'none'];
  const source = args.indexOf('--source');
  if (step === 'source') args.splice(source, 2);
  return execa('npm', ['run', '-s', 'boot-test', '--', ...args.slice(1)], {
    cwd: ROOT,
    reject: false,
    detached: true,
    stdin: 'ignore',
    env: {
      ...fake.env,
      [name ?? '']: value ?? '',
      KBT_FAKE_QEMU: 'hang',
      KBT_KERNEL_MIRROR: mirror,
      ...(step === 'kernel' ? { CCACHE_FAKE_MAKE_HANGS: '1' } : {}),
    },
  });
};

/** What runs, or was asked for, once the step is reached. */
const reached = {
  source: (_: readonly string[], asked: boolean) => asked,
  kernel: (commands: readonly string[]) => commands.some((c) => c.startsWith('sleep 1000')),
  boot: (commands: readonly string[]) => commands.some((c) => c.includes('test/fake/bin/qemu')),
};

describe.each(STEPS)('interrupted at the step %s', (step) => {
  test.for([
    ['SIGINT', 'group', 130],
    ['SIGTERM', 'group', 143],
    ['SIGTERM', 'npm', 143],
    ['SIGINT', 'npm', 130],
    ['SIGKILL', 'npm', undefined],
  ] as const)(
    '%s to %s leaves nothing running, and the next run is sound',
    async ([signal, whom], { fake }) => {
      let asked = false;
      const server = createServer(() => (asked = true));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      const mirror = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
      const mark = newMark();
      const running = start(fake, step, mark, mirror);
      await until(async () => reached[step](await marked(mark), asked));
      const pid = running.pid ?? 0;
      process.kill(whom === 'group' ? -pid : pid, signal);
      await running;
      await until(async () => (await marked(mark)).length === 0);
      server.closeAllConnections();
      server.close();
      const next = await kbt([...fake.args, '--series', 'none'], fake.env);
      expect(next.stderr).toContain(
        'the kernel panicked at boot: Kernel panic - not syncing: planted',
      );
      expect(next.code).toBe(1);
    },
  );
});

test('the exit code tells the signal', async ({ fake }) => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const mark = newMark();
    const running = start(fake, 'boot', mark, 'http://127.0.0.1:9');
    await until(async () => reached.boot(await marked(mark)));
    process.kill(-(running.pid ?? 0), signal);
    const { exitCode } = await running;
    expect(exitCode).toBe(code);
  }
});

test('QEMU dies with a harness that is killed by SIGKILL', async ({ fake }) => {
  const mark = newMark();
  const running = start(fake, 'boot', mark, 'http://127.0.0.1:9');
  await until(async () => reached.boot(await marked(mark)));
  // npm has become the harness's parent by way of a shell: kill them all but QEMU.
  process.kill(-(running.pid ?? 0), 'SIGKILL');
  await running;
  await until(async () => (await marked(mark)).length === 0);
  expect(await marked(mark)).toEqual([]);
});

test('two runs at once on one cache both come to their end', async ({ fake }) => {
  const runs = await Promise.all(
    [1, 2].map(() => kbt([...fake.args, '--series', 'none'], fake.env)),
  );
  for (const { code, stderr } of runs) {
    expect(stderr).toContain('the kernel panicked at boot: Kernel panic - not syncing: planted');
    expect(code).toBe(1);
  }
});

// SPDX-License-Identifier: MIT
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { invocationOf } from '../../../harness/cli/invocation.ts';
import { declarationsOf, nameOf } from '../../../harness/cli/options/declare.ts';
import { specOf } from '../../../harness/cli/options/resolve.ts';
import { program } from '../../../harness/cli/program.ts';
import { DEFAULTS, layered } from '../../../harness/run/spec.ts';

const commands = () =>
  program(() => Promise.resolve()).commands.flatMap((one) =>
    one.commands.length === 0 ? [one] : one.commands,
  );
const command = (name: string) => {
  const found = commands().find((one) => one.name() === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};

/** Options that are no part of a spec: what a command alone reads, and the files of results. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  all: ['tap', 'json'],
  renderings: [
    ...['html', 'junit', 'mail', 'summary', 'annotations', 'kcidb', 'origin', 'files-url'],
  ],
  matrix: ['sources', 'to', 'id'],
  report: ['coverage', 'cost', 'schema'],
  coverage: ['min', 'count', 'lcov'],
  cost: ['max', 'probe-dir', 'runs'],
  questions: ['test', 'report', 'boot', 'build', 'warning', 'run'],
  bisect: ['good', 'bad', 'history', 'good-config', 'bad-config', 'cost', 'over', 'runs', 'fresh'],
  compare: ['base'],
  series: ['name', 'revision', 'onto', 'sparse'],
  upkeep: ['check', 'update', 'schema', 'markdown', 'kind', 'older-than', 'to', 'dry-run'],
};

const SAMPLES: Readonly<Record<string, unknown>> = {
  memory: 64,
  cpus: 7,
  jobs: 7,
  repeat: 7,
  timeout: 7,
  'boot-timeout': 7,
  patches: 7,
  shuffle: 7,
  shard: { index: 1, of: 2 },
  env: { A: '1' },
  accel: 'tcg',
};

test('every option of every command has one place', () => {
  for (const one of commands()) {
    const declared = declarationsOf(one);
    const places = declared.map((option) => {
      const list = ['series', 'series-dir', 'variant', 'test-dir', 'tests'].includes(
        nameOf(option),
      );
      const sample = SAMPLES[nameOf(option)] ?? (list ? ['x'] : 'x');
      const patch = option.patch(sample as never);
      expect(layered(DEFAULTS, patch), nameOf(option)).not.toEqual(DEFAULTS);
      return leaves(patch).join(' ');
    });
    expect(new Set(places).size, one.name()).toBe(places.length);
    const names = declared.map(nameOf);
    const others = one.options
      .map(({ long }) => (long ?? '').replace(/^--(?:no-)?/, ''))
      .filter((name) => !names.includes(name));
    expect(others.filter((name) => !Object.values(OWN).flat().includes(name))).toEqual([]);
  }
});

const leaves = (value: unknown, path = ''): readonly string[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([name, below]) => leaves(below, `${path}.${name}`))
    : [path];

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'kbt-options-'));
  vi.stubEnv('XDG_CONFIG_HOME', home);
  vi.stubEnv('KBT_SOURCE', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, force: true });
});

const resolve = async (line: string, name = 'boot-test') => {
  const one = command(name);
  one.parseOptions(line.split(' ').filter((word) => word !== ''));
  const invocation = await invocationOf(one, process.env);
  if (!invocation.ok) return invocation.failure.what;
  const spec = specOf(invocation.value);
  return spec.ok ? spec.value : spec.failure.what;
};

test('only what is typed conflicts; the environment gives way', async () => {
  vi.stubEnv('KBT_SOURCE', '/env');
  expect(await resolve('')).toMatchObject({ kernel: { source: { given: '/env' } } });
  expect(await resolve('--source /line')).toMatchObject({ kernel: { source: { given: '/line' } } });
  const tree = await resolve('--tree /tree');
  expect(tree).toMatchObject({ kernel: { source: { tree: '/tree' }, series: [] } });
  expect(tree).not.toHaveProperty('kernel.source.given');
  expect(await resolve('--tree /tree --source /line')).toBe(
    '--tree and --source do not go together',
  );
  expect(await resolve('--vmlinux x')).toBe('--vmlinux goes with --kernel alone');
  expect(await resolve('--kernel x --allow-warnings')).toBe(
    '--kernel and --allow-warnings do not go together',
  );
});

test('kbt.yaml of the user stands below the environment and the command line', async () => {
  await mkdir(join(home, 'kbt'));
  await writeFile(
    join(home, 'kbt', 'kbt.yaml'),
    'series: mine\nvariant: kasan\ncpus: 5\nmemory: 900\n',
  );
  expect(await resolve('--variant gcov --memory 300')).toMatchObject({
    kernel: { series: ['mine'], variants: ['kasan', 'gcov'] },
    machine: { cpus: 5, memoryMiB: 900 },
  });
  expect(await resolve('--series none --cpus 1')).toMatchObject({
    kernel: { series: [] },
    machine: { cpus: 1 },
  });
  expect(await resolve('--tree /tree')).toMatchObject({ kernel: { series: [] } });
  expect(await resolve('--kernel /boot/x --config /c')).toMatchObject({
    kernel: { series: [], variants: [], prebuilt: { file: '/boot/x', config: '/c' } },
  });
});

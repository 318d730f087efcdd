// SPDX-License-Identifier: MIT
// KUnit suites by the kernel's own runner, beside those of a run of kbt.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { $ } from 'zx';

// The cached trees stay as they are.
const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
const quietly = $({ stdio: ['ignore', 'ignore', 'inherit'], nothrow: true, env });

/** The leaves of results, by their path. */
const leaves = (results, path = '') =>
  results.flatMap(({ name, children, ok, directive }) =>
    children.length > 0 || path === ''
      ? leaves(children, `${path}/${name}`)
      : [[`${path}/${name}`, directive === 'SKIP' ? 'SKIP' : ok ? 'PASS' : 'FAIL']],
  );

/** The same of what kunit.py writes; a suite without any test is one skipped test for it. */
const groups = ({ test_cases: cases = [], sub_groups: subs = [] }, path = '') => [
  ...(path === '' ? [] : cases.map(({ name, status }) => [`${path}/${name}`, status])),
  ...subs.flatMap((sub) => groups(sub, `${path}/${sub.name}`)),
];

/** Boots a kernel of kbt as kunit.py does, in its own machine and with its own command line. */
const runByKunitPy = async ({ kernel, kunitPy, scratch, cache }) => {
  const home = join(scratch, 'kunit-py');
  const built = join(cache, 'kernels', kernel);
  mkdirSync(join(home, 'arch', 'x86', 'boot'), { recursive: true });
  copyFileSync(join(built, 'bzImage'), join(home, 'arch', 'x86', 'boot', 'bzImage'));
  for (const name of ['.config', '.kunitconfig'])
    copyFileSync(join(built, 'config'), join(home, name));
  const json = join(home, 'suites.json');
  const options = ['--arch', 'x86_64', '--build_dir', home, '--timeout', '1200'];
  await quietly({
    cwd: join(kunitPy, '..', '..', '..', '..'),
  })`python3 ${kunitPy} exec ${options} --json=${json}`;
  return JSON.parse(readFileSync(json, 'utf8'));
};

const compareRuns = async ({ kernel, programs }, kunitPy, { check, scratch, cache }) => {
  const theirs = await runByKunitPy({ kernel: kernel.fingerprint, kunitPy, scratch, cache });
  // One of which no test is left is a test of its own.
  const names = [...theirs.sub_groups, ...theirs.test_cases].map(({ name }) => name);
  const ours = programs
    .filter(({ name }) => name.startsWith('kunit.'))
    .map(({ name }) => name.slice('kunit.'.length));
  const differ = [
    ...names.filter((name) => !ours.includes(name)).map((name) => `only kunit.py: ${name}`),
    ...ours.filter((name) => !names.includes(name)).map((name) => `only kbt: ${name}`),
  ];
  check(
    names.length >= 40 && differ.length === 0,
    `${names.length} KUnit suites run, the same ones as by kunit.py exec`,
    differ.join('; '),
  );
};

export const compareSuites = async ({ run, check, program, scratch, cache }) => {
  const programs = join(scratch, 'log');
  program(programs, 'kernel_log', ['#!/bin/sh', 'dmesg']);
  const options = ['--test-dir', programs, '--tests', 'kernel_log', '--tests', 'kunit.*'];
  const ours = await run('kunit', '--kunit', ...options);
  // Any tree of the pinned source has it.
  const [tree] = readdirSync(join(cache, 'trees'))
    .map((name) => join(cache, 'trees', name, 'linux', 'tools', 'testing', 'kunit', 'kunit.py'))
    .filter((file) => existsSync(file));
  const json = join(scratch, 'kunit-py.json');
  await quietly`python3 ${tree} parse --json=${json} ${join(ours.directory, 'kernel_log.out')}`;
  const theirs = groups(JSON.parse(readFileSync(json, 'utf8')));
  const own = new Map(
    ours.programs.flatMap(({ name, results }) => (name === 'kernel_log' ? [] : leaves(results))),
  );
  const differ = theirs.filter(([name, status]) => own.get(name) !== status);
  const more = [...own.keys()].filter((name) => !theirs.some(([other]) => other === name));
  check(
    theirs.length > 0 && differ.length === 0 && more.length === 0,
    `${theirs.length} tests of ${ours.programs.length} KUnit suites are judged as by kunit.py`,
    [...differ.map(([name, status]) => `${name}: ${status}, kbt ${own.get(name)}`), ...more].join(
      '; ',
    ),
  );
  await compareRuns(ours, tree, { check, scratch, cache });
};

// SPDX-License-Identifier: MIT
// The nightly's proof that the kernel's own tests are judged as its own runners judge them:
// selftests never better than by run_kselftest.sh, and worse for a reason that the result names;
// KUnit suites as by kunit.py parse, of the log of the same boot.
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { $ } from 'zx';

const ROOT = join(import.meta.dirname, '..');
const { KBT_CACHE, XDG_CACHE_HOME } = process.env;
const CACHE = KBT_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'kbt');
const scratch = mkdtempSync(join(tmpdir(), 'kbt-upstream-'));
const started = $({ stdio: ['ignore', 'ignore', 'inherit'], cwd: ROOT, nothrow: true });

/** Collections of which one run takes seconds, but for what waits. */
const COLLECTIONS = ['timens', 'clone3', 'futex', 'landlock', 'proc', 'pidfd', 'seccomp'];
const named = process.argv.slice(3);
const collections = named.length > 0 ? named : COLLECTIONS;

/** What a run of kbt came to, and where its files are. */
const run = async (name, ...options) => {
  const home = join(scratch, name);
  const json = `${home}.json`;
  const env = { ...process.env, KBT_RESULTS: home };
  await started({ env })`node ci/start.mjs boot-test --series none --json ${json} ${options}`;
  const [directory = ''] = readdirSync(home);
  return { ...JSON.parse(readFileSync(json, 'utf8')), directory: join(home, directory) };
};

// What is told of each result, in its order.
const lines = [];
const check = (isRight, name, told) => {
  const status = isRight ? 'ok' : 'not ok';
  lines.push(
    `${status} ${lines.length + 1} - ${name}\n  ---\n  told: ${JSON.stringify(told)}\n  ...`,
  );
  if (!isRight) process.exitCode = 1;
};

/** The archive of a collection that was built last. */
const archiveOf = (target) => {
  const home = join(CACHE, 'kselftest');
  const built = readdirSync(home)
    .map((name) => join(home, name))
    .filter((entry) => existsSync(join(entry, 'tests.json')))
    .filter((entry) =>
      JSON.parse(readFileSync(join(entry, 'tests.json'), 'utf8')).some((t) => t.target === target),
    )
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  return join(built[0], 'kselftest.tar');
};

/** A program for a guest that has a root. */
const program = (home, name, lines) => {
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, name), `${lines.join('\n')}\n`);
  chmodSync(join(home, name), 0o755);
};

/** One that is run_kselftest.sh, with its collection behind it. */
const runner = (home, target) =>
  program(home, `runner_${target.replaceAll('/', '_')}`, [
    '#!/bin/bash',
    '# kbt: rootfs isolate timeout=3600',
    `sed '1,/^exit$/d' "$0" | base64 -d | tar -x -C /tmp`,
    `cd /tmp/kselftest && ./run_kselftest.sh -c ${target}`,
    'exit',
    readFileSync(archiveOf(target)).toString('base64'),
  ]);

/** As run_one() of kselftest/runner.sh ends a line. */
const statusOf = (status, rest) => {
  if (status === 'ok') return rest.includes('# SKIP') ? 'skip' : 'pass';
  return rest.includes('# TIMEOUT') ? 'timeout' : 'fail';
};

/** By test what run_kselftest.sh says of it. */
const verdictsIn = (output) =>
  new Map(
    [...output.matchAll(/^(ok|not ok) \d+ selftests: (\S+): (\S+)(.*)$/gm)].map(
      ([, status, target, test, rest]) => [
        ['kselftest', ...target.split('/'), test].join('.'),
        statusOf(status, rest),
      ],
    ),
  );

/** By what kbt may say worse of a test than its exit status does. */
const WORSE =
  /failed: |it exited with 0, but |the kernel is newly tainted|mounted something over|log is not complete/;

const compareSelftests = async () => {
  const options = collections.flatMap((target) => ['--kselftest', target]);
  const ours = await run('ours', ...options, '--tests', 'kselftest.*');
  const programs = join(scratch, 'programs');
  for (const target of collections) runner(programs, target);
  const theirs = await run('theirs', ...options, '--test-dir', programs, '--tests', 'runner_*');
  const said = theirs.programs.map(({ output }) =>
    readFileSync(join(theirs.directory, output), 'utf8'),
  );
  const verdicts = verdictsIn(said.join('\n'));
  for (const target of collections) {
    const prefix = ['kselftest', ...target.split('/'), ''].join('.');
    const of = ours.programs.filter(({ name }) => name.startsWith(prefix));
    const passed = of.filter(({ outcome }) => outcome === 'pass').length;
    check(passed > 0, `${target} has a pass`, `${passed} of ${of.length} passed`);
  }
  for (const { name, outcome, why = '' } of ours.programs) {
    const verdict = verdicts.get(name);
    const same = verdict === 'fail' ? !['pass', 'skip'].includes(outcome) : outcome === verdict;
    const isWorse = outcome === 'kernel-report' || WORSE.test(why);
    // Its 45 seconds are the same on every machine; what the test comes to, it does not see.
    const isUnknown = verdict === 'timeout';
    const isRight = verdict !== undefined && (same || isWorse || isUnknown);
    const told = `run_kselftest.sh: ${verdict}; kbt: ${outcome} ${why}`.trim();
    check(isRight, `${name} is judged as by run_kselftest.sh`, told);
  }
};

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

const compareSuites = async () => {
  const programs = join(scratch, 'log');
  program(programs, 'kernel_log', ['#!/bin/sh', 'dmesg']);
  const options = ['--test-dir', programs, '--tests', 'kernel_log', '--tests', 'kunit.*'];
  const ours = await run('kunit', '--kunit', ...options);
  // Any tree of the pinned source has it.
  const [tree] = readdirSync(join(CACHE, 'trees'))
    .map((name) => join(CACHE, 'trees', name, 'linux', 'tools', 'testing', 'kunit', 'kunit.py'))
    .filter((file) => existsSync(file));
  const json = join(scratch, 'kunit-py.json');
  await started`python3 ${tree} parse --json=${json} ${join(ours.directory, 'kernel_log.out')}`;
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
};

try {
  await compareSelftests();
  await compareSuites();
  process.stdout.write(`TAP version 14\n1..${lines.length}\n${lines.join('\n')}\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

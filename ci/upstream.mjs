// SPDX-License-Identifier: MIT
// The nightly's proof that the kernel's own tests are judged as its own runners judge them:
// selftests never better than by run_kselftest.sh, and worse for a reason that the result names;
// KUnit suites as by kunit.py parse, of the log of the same boot, and the same suites as in a run
// of its own.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { $ } from 'zx';
import { compareSuites } from './support/kunit-py.mjs';

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

try {
  await compareSelftests();
  await compareSuites({ run, check, program, scratch, cache: CACHE });
  process.stdout.write(`TAP version 14\n1..${lines.length}\n${lines.join('\n')}\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

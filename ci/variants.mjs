// SPDX-License-Identifier: MIT
// `npm run variants [-- NAME…]`: the suite on every kernel and machine on which
// it must pass, one after the other; TAP on stdout. `--churn S` has the churn
// program go on for that long instead, on the kernels that look for faults.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { $ } from 'zx';

const ROOT = join(import.meta.dirname, '..');

/** What boot-test is given, by name. */
const VARIANTS = {
  plain: [],
  'cpus-1': ['--cpus', '1'],
  'cpus-4': ['--cpus', '4'],
  'preempt-full': ['--variant', 'preempt', '--append', 'preempt=full'],
  'preempt-none': ['--variant', 'preempt', '--append', 'preempt=none'],
  kasan: ['--variant', 'kasan'],
  lockdep: ['--variant', 'lockdep'],
  kcsan: ['--variant', 'kcsan'],
  faultinject: ['--variant', 'faultinject'],
};
const CHURNED = ['kasan', 'lockdep'];

const usage = (what) => {
  const names = Object.keys(VARIANTS).join(', ');
  process.stderr.write(`kbt: ${what}\n  do: npm run variants [-- --churn SECONDS] [${names}]\n`);
  process.exit(64);
};
const parse = () => {
  try {
    const options = { churn: { type: 'string' } };
    return parseArgs({ args: process.argv.slice(3), options, allowPositionals: true });
  } catch (error) {
    return usage(error.message);
  }
};
const { values, positionals } = parse();
const unknown = positionals.find((name) => !Object.hasOwn(VARIANTS, name));
if (unknown !== undefined) usage(`there is no ${unknown}`);
if (values.churn !== undefined && !/^[1-9]\d{0,4}$/.test(values.churn))
  usage('--churn wants a number of seconds');
const usual = values.churn === undefined ? Object.keys(VARIANTS) : CHURNED;
const names = positionals.length > 0 ? positionals : usual;
const churn = () => {
  const seconds = Number(values.churn);
  const deadline = ['--timeout', String(Math.ceil(seconds * 1.2) + 60)];
  return ['--tests', 'synos_churn', '--env', `SYNOS_CHURN_SECONDS=${seconds}`, ...deadline];
};
const more = values.churn === undefined ? [] : churn();

$.verbose = false;
// A child that outlives us would hold QEMU and the lock of the tree.
$.detached = false;
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop.abort());
const ENTRY = join(ROOT, 'ci', 'start.mjs');
const run = $({ nothrow: true, stdio: ['ignore', 'pipe', 'inherit'], signal: stop.signal });
const codes = [];
process.stdout.write(`TAP version 14\n1..${names.length}\n`);
for (const [index, name] of names.entries()) {
  process.stderr.write(`\n-- ${name}\n`);
  const args = [...VARIANTS[name], ...more];
  const { exitCode } = await run`setpriv --pdeathsig TERM node ${ENTRY} boot-test ${args}`;
  codes.push(exitCode ?? 1);
  process.stdout.write(`${exitCode === 0 ? 'ok' : 'not ok'} ${index + 1} - ${name}\n`);
  if (stop.signal.aborted || exitCode === 130 || exitCode === 143) break;
}
// The gravest, as in harness/base/outcome.ts.
process.exitCode = [143, 130, 64, 2, 1, 3, 0].find((code) => codes.includes(code)) ?? 1;

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

const { values, positionals } = parseArgs({
  args: process.argv.slice(3),
  options: { churn: { type: 'string' } },
  allowPositionals: true,
});
const unknown = positionals.find((name) => !(name in VARIANTS));
if (unknown !== undefined) {
  process.stderr.write(`kbt: there is no ${unknown}; there are: ${Object.keys(VARIANTS)}\n`);
  process.exit(64);
}
const usual = values.churn === undefined ? Object.keys(VARIANTS) : CHURNED;
const names = positionals.length > 0 ? positionals : usual;
const churn = () => {
  const seconds = Number(values.churn);
  const deadline = ['--timeout', String(Math.ceil(seconds * 1.2) + 60)];
  return ['--tests', 'synos_churn', '--env', `SYNOS_CHURN_SECONDS=${seconds}`, ...deadline];
};
const more = values.churn === undefined ? [] : churn();

$.verbose = false;
const codes = [];
process.stdout.write(`TAP version 14\n1..${names.length}\n`);
for (const [index, name] of names.entries()) {
  process.stderr.write(`\n-- ${name}\n`);
  const args = [...VARIANTS[name], ...more];
  const run = $({ cwd: ROOT, nothrow: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const { exitCode } = await run`npm run -s boot-test -- ${args}`;
  codes.push(exitCode ?? 1);
  process.stdout.write(`${exitCode === 0 ? 'ok' : 'not ok'} ${index + 1} - ${name}\n`);
  if (exitCode === 130 || exitCode === 143) break;
}
process.exitCode = Math.max(...codes);

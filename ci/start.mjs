#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// The way in for every npm script: does all the set-up that is missing, then
// hands over. Plain JavaScript with node: modules only, because it runs on a
// fresh clone. All output of set-up goes to stderr; stdout is the command's.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { checkRequirements, findCommand, installCommand } from './requirements.mjs';
import { tieToNpx } from './tie-to-npx.mjs';

const ROOT = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const STAMP = join(ROOT, 'dist', '.stamp.json');
const ENVIRONMENT = 3;
/** Commands that are scripts of this directory; all others are kbt's. */
const SCRIPTS = ['test', 'bench', 'oracle', 'reproducible', 'upstream', 'nightly', 'pull-request'];

/** Says that packages of the system are somebody else's to install. */
const NO_INSTALL = '--no-install';

// A variable, because it holds for what a command starts as well.
if (process.argv.includes(NO_INSTALL)) process.env.KBT_NO_INSTALL = '1';
const mayInstall = ['', '0'].includes(process.env.KBT_NO_INSTALL ?? '');

const [command, ...rest] = process.argv.slice(2).filter((word) => word !== NO_INSTALL);

/** @param {string} what @param {string} [remedy] @returns {never} */
const giveUp = (what, remedy) => {
  process.stderr.write(`kbt: ${what}\n${remedy ? `  do: ${remedy}\n` : ''}`);
  process.exit(ENVIRONMENT);
};

/** Runs a command with its output on stderr; it dies with us. @param {string[]} argv */
const run = (argv) => {
  const tied = findCommand('setpriv') ? ['setpriv', '--pdeathsig', 'TERM', '--', ...argv] : argv;
  const { status, signal } = spawnSync(tied[0] ?? '', tied.slice(1), {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    // The key that signs kernels is nobody's business here.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', KBT_REMOTE_KEY: undefined },
  });
  if (signal) process.kill(process.pid, signal);
  return status === 0;
};

const checkNode = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    giveUp(`Node ${process.versions.node} is too old`, 'install Node 20.19 or newer');
};

/** What is installed and compiled is known by the lock file and the sources' times and sizes. */
const fingerprints = () => {
  const hash = (text) => createHash('sha256').update(text).digest('hex');
  const sources = ['harness', 'ci']
    .flatMap((directory) =>
      readdirSync(join(ROOT, directory), { recursive: true }).map((name) =>
        join(directory, String(name)),
      ),
    )
    .filter((name) => /\.m?ts$/.test(name))
    .sort()
    .map((name) => {
      const { mtimeMs, size } = statSync(join(ROOT, name));
      return `${name} ${mtimeMs} ${size}`;
    });
  return {
    modules: hash(readFileSync(join(ROOT, 'package-lock.json'))),
    sources: hash([...sources, readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')].join('\n')),
  };
};

const readStamp = () => {
  try {
    return JSON.parse(readFileSync(STAMP, 'utf8'));
  } catch {
    return {};
  }
};

/** A package is installed and compiled; npm packs no lock file. */
const isPackage = !existsSync(join(ROOT, 'package-lock.json'));

const prepareInstalled = () => {
  if (SCRIPTS.includes(command ?? '')) giveUp(`${command} belongs to kbt's own repository`);
  if (!existsSync(join(ROOT, 'dist', 'harness')))
    giveUp('this package was packed without its compiled part', 'pack it anew by npm pack');
};

/** npm ci and esbuild, each only when what it depends on has changed. */
const prepareHarness = () => {
  if (isPackage) return prepareInstalled();
  const wanted = fingerprints();
  const stamp = readStamp();
  const write = (value) => {
    mkdirSync(join(ROOT, 'dist'), { recursive: true });
    writeFileSync(`${STAMP}.${process.pid}`, JSON.stringify(value));
    renameSync(`${STAMP}.${process.pid}`, STAMP);
  };
  if (stamp.modules !== wanted.modules || !existsSync(join(ROOT, 'node_modules'))) {
    process.stderr.write('kbt: installing node packages\n');
    if (!run(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund']))
      giveUp('npm ci failed', 'look at its words above; the npm registry must be reachable');
    write({ modules: wanted.modules });
  }
  if (stamp.sources !== wanted.sources || !existsSync(join(ROOT, 'dist', 'harness'))) {
    process.stderr.write('kbt: compiling the harness\n');
    if (!compile()) giveUp('the harness does not compile', 'mend the errors above');
    write(wanted);
  }
};

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Into few files, packages included: node takes most of a start to load many. Types are checked
 * by npm test. What an older run may still load stays for a day; new files have other names,
 * but for main.js, which comes last: a run beside this one loads it whole, or the one before.
 */
const compile = () => {
  const home = join(ROOT, 'dist', 'harness', 'cli');
  const scratch = join(ROOT, 'dist', `.compiled-${process.pid}`);
  mkdirSync(home, { recursive: true });
  for (const name of existsSync(home) ? readdirSync(home) : [])
    if (Date.now() - statSync(join(home, name)).mtimeMs > DAY_MS) rmSync(join(home, name));
  const compiled = run([
    join(ROOT, 'node_modules/.bin/esbuild'),
    'harness/cli/main.ts',
    ...['--bundle', '--splitting', '--format=esm', '--platform=node', '--target=node20.19'],
    // It looks for a native part of its own.
    '--external:ssh2',
    // Packages that are not modules ask for node's own by require.
    "--banner:js=import{createRequire as kbtRequire}from'node:module';const require=kbtRequire(import.meta.url);",
    ...['--log-level=warning', `--outdir=${scratch}`],
  ]);
  const isMain = (name) => name === 'main.js';
  for (const name of compiled ? readdirSync(scratch).sort((a, b) => isMain(a) - isMain(b)) : [])
    renameSync(join(scratch, name), join(home, name));
  rmSync(scratch, { recursive: true, force: true });
  return compiled;
};

/** What QEMU, the compiler and the image need; installed by apt where that is possible. */
const prepareSystem = () => {
  const all = checkRequirements(command).filter((requirement) => !requirement.met);
  const missing = all.filter(({ optional }) => !optional);
  if (missing.length > 0) installAll(missing);
  for (const one of all.filter(({ optional }) => optional)) installIfPossible(one);
};

/** What a test or two can do without: they are skipped then, and say so. */
const installIfPossible = (missing) => {
  const install = installCommand([missing]);
  const prefix = process.getuid?.() === 0 ? [] : ['sudo'];
  // A package that would start a service on somebody's machine is theirs to install.
  const started = missing.service && existsSync('/run/systemd/system');
  const able = mayInstall && !started && (prefix.length === 0 || findCommand('sudo') !== undefined);
  if (install?.manager === 'apt' && able) {
    announce(install.packages, [missing]);
    if (run([...prefix, ...install.argv])) return;
  }
  const how = install ? `: ${[...prefix, ...install.argv].join(' ')}` : '';
  process.stderr.write(`kbt: without ${missing.name}, which is not installed here${how}\n`);
};

/** What is done to the machine is said before it is done. */
const announce = (packages, missing) => {
  const names = missing.map(({ name }) => name).join(', ');
  process.stderr.write(`kbt: ${command} needs what is not there: ${names}
kbt: apt-get installs ${packages.join(' ')} (with ${NO_INSTALL} kbt only names the command)
`);
};

const installAll = (missing) => {
  const names = missing.map(({ name }) => name).join(', ');
  const install = installCommand(missing);
  if (!install)
    giveUp(
      `missing: ${names}`,
      `install ${[...new Set(missing.map((m) => m.packages.apt))].join(' ')} (names as in Debian)`,
    );
  const root = process.getuid?.() === 0;
  const line = [...(root ? [] : ['sudo']), ...install.argv].join(' ');
  if (!mayInstall || install.manager !== 'apt' || !(root || findCommand('sudo')))
    giveUp(`missing: ${names}`, line);
  announce(install.packages, missing);
  const prefix = root ? [] : ['sudo'];
  run([...prefix, 'dpkg', '--configure', '-a']);
  run([...prefix, 'apt-get', 'update']);
  if (!run([...prefix, ...install.argv])) giveUp(`cannot install: ${names}`, line);
};

tieToNpx();
checkNode();
prepareHarness();
if (
  [
    'boot-test',
    'matrix',
    'bisect',
    'bisect-step',
    'coverage',
    'cost',
    'verify-series',
    'compare',
    'check-series',
    'mutants',
    'package',
    ...SCRIPTS,
  ].includes(command ?? '') &&
  !rest.some((a) => a === '--help' || a === '-h')
)
  prepareSystem();
if (SCRIPTS.includes(command ?? '')) {
  process.argv.splice(2, Infinity, command, ...rest);
  await import(`./${command}.mjs`);
} else {
  const { main } = await import(join(ROOT, 'dist/harness/cli/main.js'));
  process.exitCode = await main(process.argv.slice(2));
}

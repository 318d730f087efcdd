// SPDX-License-Identifier: MIT
import { mkdir, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { Outcome } from '../../harness/base/outcome.ts';
import type { RunResult } from '../../harness/run/result/result.ts';
import { newMark, processesOf, ROOT, until, type Marked, type Ran } from './kbt.ts';
import { readTold } from './told.ts';

type Variables = Readonly<Record<string, string>>;

/** What is seen of one run: `outcome` of its first program, where it came so far. */
export interface HostRan extends Ran {
  readonly outcome: Outcome | undefined;
}

/** A file system of its own, in a mount namespace of the run's own: no root needed. */
export interface SmallDisk {
  readonly at: string;
  /** As mount(8) takes it: 64k. */
  readonly size: string;
}

/** What a run is given besides what every run of a lab has. */
export interface RunMore {
  readonly args?: readonly string[];
  readonly env?: Variables;
  readonly disk?: SmallDisk;
}

/** A run that goes on. */
export interface Running {
  /** Of kbt itself. */
  readonly pid: number;
  readonly ended: Promise<HostRan>;
  /** Settles with the first process of the run whose command line begins so, and holds the rest. */
  readonly reaches: (beginning: string, rest?: string) => Promise<Marked>;
  /** Settles with the directory of its results, once a kernel's log with the text lies there. */
  readonly logs: (text: string) => Promise<string>;
}

/** A place for one fault: a cache, directories for results and temporary files, a way to run kbt. */
export interface Lab {
  readonly directory: string;
  readonly cache: string;
  readonly results: string;
  readonly temporary: string;
  readonly env: Variables;
  readonly start: (more?: RunMore) => Running;
  readonly run: (more?: RunMore) => Promise<HostRan>;
  /** What of all its runs still lives, given a moment to be gone. */
  readonly alive: () => Promise<readonly string[]>;
  /** Scratch that runs left in the cache and among the temporary files. */
  readonly scratch: () => Promise<readonly string[]>;
}

const GONE_MS = 5000;

/** The kernel's log that a run of kbt writes. */
const openLog = async (pid: number): Promise<string | undefined> => {
  const home = `/proc/${pid}/fd`;
  const links = (await readdir(home).catch(() => [])).map((fd) =>
    readlink(join(home, fd)).catch(() => ''),
  );
  return (await Promise.all(links)).find((file) => /\/console-\d+\.log$/.test(file));
};

/** A lab in an existing directory, whose runs all have these arguments and this environment. */
export const openLab = async (
  directory: string,
  args: readonly string[],
  given: Variables,
): Promise<Lab> => {
  const cache = given['KBT_CACHE'] ?? join(directory, 'cache');
  const temporary = join(directory, 'tmp');
  await mkdir(temporary, { recursive: true });
  const mark = newMark();
  const [name = '', value = ''] = mark.split('=');
  const results = join(directory, 'results');
  const env = {
    ...{ KBT_CACHE: cache, KBT_RESULTS: results, TMPDIR: temporary },
    ...given,
    [name]: value,
  };

  const start = ({ args: more = [], env: changed = {}, disk }: RunMore = {}): Running => {
    const json = join(directory, 'result.json');
    const command = [
      process.execPath,
      join(ROOT, 'ci', 'start.mjs'),
      ...args,
      '--json',
      json,
      ...more,
    ];
    const mounted = disk
      ? [
          ...['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'],
          'mkdir -p "$1" && mount -t tmpfs -o size="$2" none "$1" && shift 2 && exec "$@"',
          ...['sh', disk.at, disk.size],
        ]
      : [];
    const [file = '', ...rest] = [...mounted, ...command];
    const child = execa(file, rest, {
      cwd: ROOT,
      env: { ...env, ...changed },
      reject: false,
      stdin: 'ignore',
    });
    const ended = (async (): Promise<HostRan> => {
      const { exitCode, stdout, stderr } = await child;
      const told = await readTold(json);
      await rm(json, { force: true });
      const result = told as RunResult | undefined;
      return { code: exitCode, stdout, stderr, outcome: result?.programs[0]?.outcome };
    })();
    const reaches = async (beginning: string, rest = ''): Promise<Marked> => {
      let found: Marked | undefined;
      let over = false;
      void ended.then(() => (over = true));
      await until(async () => {
        found = (await processesOf(mark)).find(
          ({ command }) => command.startsWith(beginning) && command.includes(rest),
        );
        return found !== undefined || over;
      });
      if (!found) throw new Error(`never reached ${beginning}:\n${(await ended).stderr}`);
      return found;
    };
    const logs = async (text: string): Promise<string> => {
      let over = false;
      void ended.then(() => (over = true));
      let found: string | undefined;
      await until(async () => {
        const log = await openLog(child.pid ?? 0);
        const there = log && (await readFile(log, 'latin1').catch(() => '')).includes(text);
        if (there) found = dirname(log);
        return found !== undefined || over;
      });
      if (found === undefined) throw new Error(`never logged ${text}:\n${(await ended).stderr}`);
      return found;
    };
    return { pid: child.pid ?? 0, ended, reaches, logs };
  };

  return {
    directory,
    cache,
    results,
    temporary,
    env,
    start,
    run: (more) => start(more).ended,
    alive: async () => {
      const since = Date.now();
      await until(
        async () => (await processesOf(mark)).length === 0 || Date.now() - since > GONE_MS,
      );
      return (await processesOf(mark)).map((p) => p.command);
    },
    scratch: async () => {
      const stores = ['kernels', 'images', 'programs', 'snapshots'];
      const inStores = await Promise.all(
        stores.map(async (store) =>
          (await readdir(join(cache, store)).catch(() => []))
            .filter((entry) => entry.startsWith('.'))
            .map((entry) => `${store}/${entry}`),
        ),
      );
      // node's own cache of compiled modules is nobody's scratch.
      const left = (await readdir(temporary).catch(() => [])).filter((f) => f.startsWith('kbt-'));
      return [...inStores.flat(), ...left];
    },
  };
};

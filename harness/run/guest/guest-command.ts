// SPDX-License-Identifier: MIT
import { randomBytes } from 'node:crypto';
import type { KunitSuite, Program } from '../tests/plan.ts';

/** The random value is made when the marker is written: no program can know it before. */
export const marker = (which: 'begin' | 'end', name: string): string =>
  `kbt-${which} ${name} ${randomBytes(8).toString('hex')}`;

/** The shell's own pid, which becomes the program's, follows the marker. */
const PID = /^ pid (\d+)$/;

/**
 * Debug level, the lowest: a program that has silenced the console has silenced
 * the marker with it, and a log without its marker is never a pass.
 */
export const record = (text: string): string => `<7>${text}`;

/** What a shell writes it by. */
const write = (text: string): string => `echo "${record(text)}" >/dev/kmsg`;

/** A word of the shell's, whatever it holds. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** On one line, whatever it holds. */
const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

/**
 * A suite of a series runs when its file `run` is written; one for the time of boot alone has
 * none, and its results are those of this boot (lib/kunit/debugfs.c). A filter that KUnit does not understand
 * leaves no suite at all.
 */
const runSuite = ({ name, atBoot, filtered, test }: KunitSuite): string => {
  const what =
    test === undefined ? `KUnit suite ${name}` : `test ${test} in its KUnit suite ${name}`;
  const missing = `Bail out! this kernel has no ${what}`;
  const skip = '1..0 # SKIP the filter leaves none of its tests';
  const bail = `echo ${quoted(missing)}; exit 1`;
  const absent =
    filtered && test === undefined
      ? `dmesg | grep -q "kunit: disabled\\|kunit executor: " && { ${bail}; }; printf "%s\\n" "KTAP version 1" ${quoted(skip)}; exit 0`
      : bail;
  const cd = `cd ${quoted(`/sys/kernel/debug/kunit/${name}`)} || { ${absent}; }`;
  const again = atBoot ? '' : ' if [ -e run ]; then echo 1 >run || exit; fi;';
  return `${cd};${again} exec cat results`;
};

/** What a program finds around it. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string>>;
  /** The machine has a root file system, and it runs there. */
  readonly rootfs: boolean;
}

/** What the guest runs; the program's file comes over its standard input. */
export const commandOf = (
  { name, needs, suite }: Program,
  begin: string,
  { environment, rootfs }: Surroundings,
): string => {
  if (suite) return `${write(begin)}; ${runSuite(suite)}`;
  // Root's shell does it by itself, line by line: see guest/init/starter.c.
  const variables = Object.entries(environment).map((each) => escaped(each.join('=')));
  const root = rootfs ? 'rootfs' : 'initramfs';
  return ['kbt-start', needs.user, root, `/tests/${name}`, record(begin), ...variables].join('\n');
};

/** The pid that a log names after a begin marker. */
export const pidOf = (log: readonly string[], begin: string): number | undefined => {
  const line = log.find((text) => text.includes(begin));
  const pid = line && PID.exec(line.slice(line.indexOf(begin) + begin.length))?.[1];
  return pid === undefined ? undefined : Number(pid);
};

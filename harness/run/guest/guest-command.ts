// SPDX-License-Identifier: MIT
import { randomBytes } from 'node:crypto';
import type { Program } from '../tests/plan.ts';

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
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * What the guest runs; the program's file comes over its standard input.
 * A suite runs when its file `run` is written; one for the time of boot alone has
 * none, and its results are those of this boot (lib/kunit/debugfs.c).
 */
export const commandOf = (
  { name, kind, needs }: Program,
  begin: string,
  environment: Readonly<Record<string, string>>,
): string => {
  if (kind === 'kunit') {
    const suite = name.replace(/^kunit\./, '');
    const missing = `Bail out! this kernel has no KUnit suite ${suite}`;
    return `${write(begin)}; cd /sys/kernel/debug/kunit/${suite} || { echo '${missing}'; exit 1; }; if [ -e run ]; then echo 1 >run || exit; fi; exec cat results`;
  }
  const file = `/tests/${name}`;
  const variables = Object.entries(environment);
  // Root's shell does it by itself, line by line: see guest/init/starter.c.
  if (needs.user === 'root' && variables.every(([, value]) => !value.includes('\n')))
    return ['kbt-start', file, record(begin), ...variables.map((each) => each.join('='))].join(
      '\n',
    );
  const words = variables.map(([key, value]) => ` ${key}=${quoted(value)}`);
  const started = `exec env${words.join('')} ${file}`;
  const asUser =
    needs.user === 'root' ? started : `exec su -s /bin/sh ${needs.user} -c ${quoted(started)}`;
  return `rm -f ${file}; cat >${file} && chmod 755 ${file} && cd /tmp && ${write(`${begin} pid $$`)} && ${asUser} </dev/null`;
};

/** The pid that a log names after a begin marker. */
export const pidOf = (log: readonly string[], begin: string): number | undefined => {
  const line = log.find((text) => text.includes(begin));
  const pid = line && PID.exec(line.slice(line.indexOf(begin) + begin.length))?.[1];
  return pid === undefined ? undefined : Number(pid);
};

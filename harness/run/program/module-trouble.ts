// SPDX-License-Identifier: MIT
import { withoutTimestamp } from '../../kernel-log/reports.ts';
import type { Exec } from '../../ssh/connection.ts';
import type { RunningVm } from '../guest/running-vm.ts';
import type { SentModule } from '../tests/modules.ts';
import { fileOf, insmod } from './module-leaks.ts';

/** A module that was not loaded, or not unloaded. */
export interface ModuleTrouble {
  readonly late: boolean;
  readonly why: string;
}

/** What the guest runs to load a module, and its standard input. */
export const loading = (
  module: SentModule,
): { readonly command: string; readonly stdin: Uint8Array } => ({
  command: `cat >${fileOf(module.name)} && ${insmod(module)}`,
  stdin: module.data,
});

/** What the guest runs to unload a module: one that is in use stays. */
export const unloading = (name: string): string => `rmmod ${name}`;

/** What was tried, and for how many seconds. */
interface Tried {
  readonly name: string;
  readonly doing: 'loading' | 'unloading' | 'loading again and again';
  readonly timeout: number;
}

/** What went wrong, in the words of insmod and of the kernel; undefined where nothing did. */
export const troubleOf = (
  { booted, readTo }: RunningVm,
  { exec, overdue }: { readonly exec: Exec; readonly overdue: boolean },
  { name, doing, timeout }: Tried,
): ModuleTrouble | undefined => {
  const what = `${doing} the module ${name}`;
  if (overdue) return { late: true, why: `${what} took longer than ${timeout} s` };
  const { end, output } = exec;
  if (end.kind === 'exit' && end.status === 0) return undefined;
  const words = output.trim().split('\n').at(-1)?.split(': ').at(-1) ?? '';
  const own = booted.vm.console
    .since(readTo)
    .map(withoutTimestamp)
    .findLast((line) => line.startsWith(`${name}: `));
  const said = [words === '' ? end.kind : words, ...(own === undefined ? [] : [own])];
  return { late: false, why: `${what} failed: ${said.join('; ')}` };
};

// SPDX-License-Identifier: MIT
import type { VmEnd } from '../../vm/vm.ts';
import { marker, record } from '../guest/guest-command.ts';
import {
  isBlinded,
  marksOf,
  parseState,
  pidsLeft,
  READ_LOG,
  READ_STATE,
  sawAll,
  type GuestState,
} from '../guest/guest-state.ts';
import type { Performed } from './perform.ts';
import { askByForce, type Means, type Stuck } from '../guest/stuck.ts';
import type { RunningVm } from '../guest/running-vm.ts';

/** The end marker must come over the serial line within this time. */
const MARKER_MS = 5000;
/** A guest that lives tells its state within this time. */
const ANSWER_S = 10;
/** QEMU's end may be noticed a little after the connection's. */
const DYING_MS = 1000;

/** What a guest is like after a program. */
export interface Aftermath {
  /** As it is now; undefined where it does not tell. */
  readonly state: GuestState | undefined;
  /** What the program left behind, in words. */
  readonly marks: readonly string[];
  /** It answers, and the end marker came. */
  readonly marked: boolean;
  /** Nothing that the kernel logged is known to be missing. */
  readonly logWhole: boolean;
  /** The program put something over what the state is read from. */
  readonly blinded: boolean;
  /** How far the console's lines are the program's. */
  readonly judged: number;
  /** What one said that does not answer any more: it is of no use then. */
  readonly forced: Stuck | undefined;
  readonly vmEnd: VmEnd | undefined;
}

/** Looks at a guest in which a program has run, by force where it does not answer. */
export const lookAfter = async (
  used: RunningVm,
  name: string,
  { begin, pid }: Performed,
  means: Means,
): Promise<Aftermath> => {
  const { vm, ssh } = used.booted;
  const { readTo: from, state: before } = used;
  const seen = await look(used, name);
  const left = seen.state ? pidsLeft(before, seen.state) : [];
  const marks = seen.state ? marksOf(before, seen.state) : [];
  // A process that goes on might meddle with the log: it has to be gone before the log's end counts.
  const { state, end } = left.length > 0 ? await look(used, name, left) : seen;
  const marked = end !== undefined && (await vm.console.waitFor(end, MARKER_MS, vm.gone, from));
  // Who could have silenced the console for a while might have hidden something.
  const held = marked && marks.length > 0 ? await ssh.exec(READ_LOG, { seconds: 10 }) : undefined;
  const logWhole = !held || sawAll(held.stdout, begin, vm.console.since(from));
  if (!marked && !vm.gone.aborted) await goneWithin(vm.gone, DYING_MS);
  const judged = vm.console.position;
  const reached = marked || vm.gone.aborted || (await used.booted.reconnects());
  const forced = reached ? undefined : await askByForce(vm, { name, pid }, means);
  return {
    state,
    marks,
    marked,
    logWhole,
    blinded: state !== undefined && isBlinded(before, state),
    judged,
    forced,
    // The end that force brings about is nobody's.
    vmEnd: reached && vm.gone.aborted ? await vm.ended : undefined,
  };
};

/** Kills, writes an end marker, reads the state; without both where the guest did not answer. */
const look = async (
  { booted }: RunningVm,
  name: string,
  pids: readonly string[] = [],
): Promise<{ readonly state: GuestState | undefined; readonly end: string | undefined }> => {
  const end = marker('end', name);
  const requests = [`kill ${pids.join(' ')}`, `log ${record(end)}`, ...READ_STATE];
  const said = await booted.ssh.ask(requests, ANSWER_S);
  const state = said === undefined ? undefined : parseState(said);
  return { state, end: state ? end : undefined };
};

const goneWithin = (gone: AbortSignal, milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    gone.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });

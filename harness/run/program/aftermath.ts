// SPDX-License-Identifier: MIT
import type { VmEnd } from '../../vm/vm.ts';
import { marker, record } from '../guest/guest-command.ts';
import {
  isBlinded,
  contaminationOf,
  parseState,
  pidsLeft,
  READ_LOG,
  READ_STATE,
  sawAll,
  type GuestState,
} from '../guest/guest-state.ts';
import type { Performed } from './perform.ts';
import { askByForce, type Means, type HangDiagnostics } from '../guest/hang-diagnostics.ts';
import type { RunningVm } from '../guest/running-vm.ts';

/** The end marker must come over the serial line within this time. */
const MARKER_MS = 5000;
/** A guest that lives tells its state within this time. */
const ANSWER_S = 10;
/** QEMU's end may be noticed a little after the connection's. */
const DYING_MS = 1000;

/** The state of a guest after a program. */
export interface Aftermath {
  /** As it is now; undefined where it does not tell. */
  readonly state: GuestState | undefined;
  /** In words, what the program left behind. */
  readonly contamination: readonly string[];
  /** The guest answers, and the end marker came. */
  readonly markerCame: boolean;
  /** As far as is known the log lacks no line. */
  readonly logWhole: boolean;
  /** The program mounted something over the files from which the state is read. */
  readonly blinded: boolean;
  /** Where the program's part of the console's lines ends. */
  readonly logEnd: number;
  /** The hang diagnostics of a guest that no longer answers; no other program can use it. */
  readonly forced: HangDiagnostics | undefined;
  readonly vmEnd: VmEnd | undefined;
}

/** Looks at a guest after a program has run in it, by force where it does not answer. */
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
  const contamination = seen.state ? contaminationOf(before, seen.state) : [];
  // A process that still runs could change the log: it has to end before the log is complete.
  const { state, end } = left.length > 0 ? await look(used, name, left) : seen;
  const markerCame = end !== undefined && (await vm.console.waitFor(end, MARKER_MS, vm.gone, from));
  // A program that contaminated its VM could have silenced the console for a while.
  const held =
    markerCame && contamination.length > 0 ? await ssh.exec(READ_LOG, { seconds: 10 }) : undefined;
  const logWhole = !held || sawAll(held.stdout, begin, vm.console.since(from));
  if (!markerCame && !vm.gone.aborted) await goneWithin(vm.gone, DYING_MS);
  const logEnd = vm.console.position;
  const reached = markerCame || vm.gone.aborted || (await used.booted.reconnects());
  const forced = reached ? undefined : await askByForce(vm, { name, pid }, means);
  return {
    state,
    contamination,
    markerCame,
    logWhole,
    blinded: state !== undefined && isBlinded(before, state),
    logEnd,
    forced,
    // The program is not to blame for an end that force caused.
    vmEnd: reached && vm.gone.aborted ? await vm.ended : undefined,
  };
};

/** Kills processes, writes an end marker and reads the state; undefined where the guest does not answer. */
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

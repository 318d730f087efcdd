// SPDX-License-Identifier: MIT
import type { Machine } from '../../vm/machine.ts';
import type { Booted } from './connect.ts';
import type { GuestState } from './guest-state.ts';

/** A VM in which programs run one after the other. */
export interface RunningVm {
  readonly machine: Machine;
  readonly booted: Booted;
  /** How many VMs there were before it in this run, and one. */
  readonly number: number;
  /** How far into the console's lines verdicts have looked. */
  readTo: number;
  /** As the last program left it. */
  state: GuestState;
  /** A program has run in it. */
  worn: boolean;
  /** What lies in the guest already. */
  readonly helpers: Set<Uint8Array>;
}

// SPDX-License-Identifier: MIT
import type { VmObserver } from '../../run/guest/vm-observer.ts';
import type { Vm } from '../../vm/vm.ts';
import { between, larger, plus } from './counts.ts';
import { readGcovInfo, type Counts } from './gcov-info.ts';

/** Where a kernel has its counters, and who compiled it. */
export interface CounterPlaces {
  /** All of the kernel's image, and gcov_info_head in it. */
  readonly from: bigint;
  readonly to: bigint;
  readonly head: bigint;
  /** The major version of GCC. */
  readonly gcc: number;
}

/**
 * Reads the counters of guests out of their memory: at the first use of a VM, after
 * each program, and when a guest ends. So a program's are there when it panics too,
 * and what asks for them adds nothing to them.
 */
export class CoverageCollector implements VmObserver {
  readonly #places: CounterPlaces;
  /** As they stood when a VM was last looked into. */
  readonly #before = new WeakMap<Vm, Counts>();
  readonly #final = new WeakMap<Vm, Counts>();
  /** Those of the boot; of several boots, of each counter the largest. */
  boot: Counts | undefined;
  /** Those that came with each program. */
  readonly programs = new Map<string, Counts>();
  /** Programs that took their VM with them, and their counters with it. */
  readonly lost: string[] = [];

  constructor(places: CounterPlaces) {
    this.#places = places;
  }

  readonly begin = async (vm: Vm): Promise<void> => {
    const now = await this.#read(vm);
    if (!now) return;
    this.#before.set(vm, now);
    this.boot = this.boot ? larger(this.boot, now) : now;
  };

  readonly after = async (vm: Vm, program: string): Promise<void> => {
    const now = (vm.gone.aborted ? undefined : await this.#read(vm)) ?? this.#final.get(vm);
    const before = this.#before.get(vm);
    if (!now || !before) {
      this.lost.push(program);
      return;
    }
    const own = between(before, now);
    const earlier = this.programs.get(program);
    this.programs.set(program, earlier ? plus(earlier, own) : own);
    this.#before.set(vm, now);
  };

  readonly last = async (vm: Vm): Promise<void> => {
    const now = await this.#read(vm);
    if (now) this.#final.set(vm, now);
  };

  async #read(vm: Vm): Promise<Counts | undefined> {
    const { from, to, head, gcc } = this.#places;
    const memory = await vm.readKernel(from, to);
    return memory && readGcovInfo(memory, head, gcc);
  }
}

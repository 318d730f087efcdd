// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { about, interrupted, step, type Context } from '../../base/context.ts';
import { ok, type Result } from '../../base/result.ts';
import type { Image } from '../../guest/image.ts';
import type { Machine } from '../../vm/machine.ts';
import { boot, type BootFailure, type BootOptions } from './boot.ts';
import type { Booted } from './connect.ts';
import { fork } from './fork.ts';
import { deadlinesOf, type RunSpec } from '../spec.ts';
import type { NameOf } from './hang-diagnostics.ts';
import { isSaved, remove, snapshotOf, type Snapshot } from './snapshot.ts';
import type { VmObserver } from './vm-observer.ts';

export interface VmsOptions {
  readonly image: Image;
  readonly spec: RunSpec;
  /** The kernel's .config. */
  readonly config: string;
  readonly nameOf: NameOf;
  readonly observer: VmObserver | undefined;
}

/** One VM of a run, counted from 1. */
export interface Numbered {
  readonly number: number;
  readonly booted: Booted | BootFailure;
}

/** Where all VMs of one machine are forked from. */
interface ForkPoint {
  snapshot: Snapshot | undefined;
  /** Settled when the first VM has come up; other workers wait for the state that it saves. */
  first: Promise<unknown> | undefined;
}

/** The console of a VM, in the directory of the run. */
export const consoleName = (number: number): string => `console-${number}.log`;

/**
 * Makes the VMs of a run: by a fork where there is a saved state, and otherwise by a boot. The
 * first boot saves its state for the VMs after it. A fork that fails gives a warning, and a
 * boot follows.
 */
export class Vms {
  readonly #context: Context;
  readonly #options: VmsOptions;
  readonly #forkPoints = new Map<string, ForkPoint>();
  #count = 0;

  constructor(context: Context, options: VmsOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** A fresh VM; `why` says why the last one is not used again. Fails where the environment does. */
  next(machine: Machine, why?: string): Promise<Result<Numbered>> {
    const number = ++this.#count;
    const key = JSON.stringify(machine);
    const point = this.#forkPoints.get(key) ?? { snapshot: undefined, first: undefined };
    this.#forkPoints.set(key, point);
    if (point.first) return point.first.then(() => this.#make(machine, point, number, why));
    const made = this.#begin(machine, point).then(() => this.#make(machine, point, number, why));
    point.first = made.catch(() => undefined);
    return made;
  }

  async #begin(machine: Machine, point: ForkPoint): Promise<void> {
    const { spec, config } = this.#options;
    if (spec.policy.fork) point.snapshot = await snapshotOf(this.#context, machine, config);
  }

  #make(
    machine: Machine,
    point: ForkPoint,
    number: number,
    why: string | undefined,
  ): Promise<Result<Numbered>> {
    const context = about(this.#context, { vm: number });
    const { image, spec, nameOf, observer } = this.#options;
    const options: BootOptions = {
      machine,
      image,
      consoleFile: join(spec.output.directory, consoleName(number)),
      seconds: deadlinesOf(spec).bootTimeout,
      nameOf,
      dump: spec.policy.dump,
      observer,
      snapshot: point.snapshot,
    };
    return step(context, 'boot', ['VM', number, why ?? ''].join(' ').trim(), async () => {
      const forked = await this.#fork(context, options, point);
      if (forked)
        return ok({ ...named(number, forked, `forked, ${reached(forked)}`), cached: true });
      if (context.signal.aborted) return interrupted();
      const booted = await boot(context, options);
      if (!booted.ok) return booted;
      return booted.value.kind === 'no-boot'
        ? ok(named(number, booted.value, 'it did not come up'))
        : ok(named(number, booted.value, `${machine.accelerator}, ${reached(booted.value)}`));
    });
  }

  async #fork(
    context: Context,
    options: BootOptions,
    point: ForkPoint,
  ): Promise<Booted | undefined> {
    const { snapshot } = point;
    if (!snapshot || !isSaved(snapshot)) return undefined;
    const forked = await fork(context, options, snapshot);
    if (forked.ok) return forked.value;
    if (context.signal.aborted) return undefined;
    context.emit({
      type: 'warning',
      text: `the saved VM could not be forked, booting instead: ${forked.failure.what}`,
    });
    // The boot saves another state for the next run; this run forks no more.
    await remove(snapshot);
    point.snapshot = undefined;
    return undefined;
  }
}

const named = (number: number, booted: Booted | BootFailure, note: string) => ({
  value: { number, booted },
  cached: false,
  note,
});

const reached = ({ milliseconds }: Booted): string =>
  `SSH after ${(milliseconds / 1000).toFixed(2)} s`;

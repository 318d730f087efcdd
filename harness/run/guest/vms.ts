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
import type { NameOf } from './stuck.ts';
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

/** All VMs of one machine. */
interface Line {
  snapshot: Snapshot | undefined;
  /** Whoever comes while the first one boots waits for the state that it saves. */
  first: Promise<unknown> | undefined;
}

/** The console of a VM, in the directory of the run. */
export const consoleName = (number: number): string => `console-${number}.log`;

/**
 * Where the VMs of a run come from: forks of a saved state where there is one,
 * boots where not; the first boot saves its state for those after it. A fork
 * that fails costs its time, is said, and is followed by a boot.
 */
export class Vms {
  readonly #context: Context;
  readonly #wanted: VmsOptions;
  readonly #lines = new Map<string, Line>();
  #count = 0;

  constructor(context: Context, wanted: VmsOptions) {
    this.#context = context;
    this.#wanted = wanted;
  }

  /** A fresh VM; `why` a fresh one. Fails where the environment does. */
  next(machine: Machine, why?: string): Promise<Result<Numbered>> {
    const number = ++this.#count;
    const key = JSON.stringify(machine);
    const line = this.#lines.get(key) ?? { snapshot: undefined, first: undefined };
    this.#lines.set(key, line);
    if (line.first) return line.first.then(() => this.#make(machine, line, number, why));
    const made = this.#begin(machine, line).then(() => this.#make(machine, line, number, why));
    line.first = made.catch(() => undefined);
    return made;
  }

  async #begin(machine: Machine, line: Line): Promise<void> {
    const { spec, config } = this.#wanted;
    if (spec.policy.fork) line.snapshot = await snapshotOf(this.#context, machine, config);
  }

  #make(
    machine: Machine,
    line: Line,
    number: number,
    why: string | undefined,
  ): Promise<Result<Numbered>> {
    const context = about(this.#context, { vm: number });
    const { image, spec, nameOf, observer } = this.#wanted;
    const wanted: BootOptions = {
      machine,
      image,
      consoleFile: join(spec.output.directory, consoleName(number)),
      seconds: deadlinesOf(spec).bootTimeout,
      nameOf,
      dump: spec.policy.dump,
      observer,
      snapshot: line.snapshot,
    };
    return step(context, 'boot', ['VM', number, why ?? ''].join(' ').trim(), async () => {
      const forked = await this.#fork(context, wanted, line);
      if (forked) return ok(named(number, forked, `forked, ${reached(forked)}`));
      if (context.signal.aborted) return interrupted();
      const booted = await boot(context, wanted);
      if (!booted.ok) return booted;
      return booted.value.kind === 'no-boot'
        ? ok(named(number, booted.value, 'it did not come up'))
        : ok(named(number, booted.value, `${machine.accelerator}, ${reached(booted.value)}`));
    });
  }

  async #fork(context: Context, wanted: BootOptions, line: Line): Promise<Booted | undefined> {
    const { snapshot } = line;
    if (!snapshot || !isSaved(snapshot)) return undefined;
    const forked = await fork(context, wanted, snapshot);
    if (forked.ok) return forked.value;
    if (context.signal.aborted) return undefined;
    context.emit({
      type: 'warning',
      text: `the saved VM could not be forked, booting instead: ${forked.failure.what}`,
    });
    // The boot saves another one, for the next run: this one forks no more.
    await remove(snapshot);
    line.snapshot = undefined;
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

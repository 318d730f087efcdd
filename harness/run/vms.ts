// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { interrupted, step, type Context } from '../base/context.ts';
import { ok, type Result } from '../base/result.ts';
import type { Image } from '../guest/image.ts';
import type { Machine } from '../vm/machine.ts';
import { boot, type BootFailure } from './boot.ts';
import type { Booted } from './connect.ts';
import { fork } from './fork.ts';
import type { NameOf } from './stuck.ts';
import { isSaved, remove, type Snapshot } from './snapshot.ts';

export interface VmsWanted {
  readonly machine: Machine;
  readonly image: Image;
  /** undefined: every VM boots. */
  readonly snapshot: Snapshot | undefined;
  readonly bootTimeout: number;
  readonly nameOf: NameOf;
  /** For the logs of their kernels. */
  readonly directory: string;
}

/** One VM of a run, counted from 1. */
export interface Numbered {
  readonly number: number;
  readonly booted: Booted | BootFailure;
}

/**
 * Where the VMs of a run come from: forks of a saved state where there is one,
 * boots where not; the first boot saves its state for those after it. A fork
 * that fails costs its time, is said, and is followed by a boot.
 */
export class Vms {
  readonly #context: Context;
  readonly #wanted: VmsWanted;
  #count = 0;
  #snapshot: Snapshot | undefined;
  /** Whoever comes while the first one boots waits for the state that it saves. */
  #first: Promise<unknown> = Promise.resolve();

  constructor(context: Context, wanted: VmsWanted) {
    this.#context = context;
    this.#wanted = wanted;
    this.#snapshot = wanted.snapshot;
  }

  /** A fresh VM; `why` a fresh one. Fails where the environment does. */
  next(why?: string): Promise<Result<Numbered>> {
    const number = ++this.#count;
    const made = this.#first.then(() => this.#make(number, why));
    if (this.#snapshot && !isSaved(this.#snapshot)) this.#first = made.catch(() => undefined);
    return made;
  }

  #make(number: number, why: string | undefined): Promise<Result<Numbered>> {
    const context = this.#context;
    const { machine, image, bootTimeout, nameOf, directory } = this.#wanted;
    const consoleFile = join(directory, `console-${number}.log`);
    const wanted = {
      machine,
      image,
      consoleFile,
      seconds: bootTimeout,
      nameOf,
      snapshot: this.#snapshot,
    };
    return step(context, 'boot', ['VM', number, why ?? ''].join(' ').trim(), async () => {
      const forked = await this.#fork(wanted);
      if (forked) return ok(named(number, forked, `forked, ${reached(forked)}`));
      if (context.signal.aborted) return interrupted();
      const booted = await boot(context, wanted);
      if (!booted.ok) return booted;
      return 'what' in booted.value
        ? ok(named(number, booted.value, 'it did not come up'))
        : ok(named(number, booted.value, `${machine.accelerator}, ${reached(booted.value)}`));
    });
  }

  async #fork(wanted: Parameters<typeof fork>[1]): Promise<Booted | undefined> {
    const snapshot = this.#snapshot;
    if (!snapshot || !isSaved(snapshot)) return undefined;
    const forked = await fork(this.#context, wanted, snapshot);
    if (forked.ok) return forked.value;
    if (this.#context.signal.aborted) return undefined;
    this.#context.emit({
      type: 'warning',
      text: `the saved VM could not be forked, booting instead: ${forked.failure.what}`,
    });
    // The boot saves another one, for the next run: this one forks no more.
    await remove(snapshot);
    this.#snapshot = undefined;
    return undefined;
  }
}

const named = (number: number, booted: Booted | BootFailure, note: string) => ({
  value: { number, booted },
  cached: false,
  note,
});

const reached = ({ milliseconds }: Booted): string =>
  `SSH after ${(milliseconds / 1000).toFixed(1)} s`;

// SPDX-License-Identifier: MIT
import { performance } from 'node:perf_hooks';

/** How long a server is waited for, in milliseconds. */
export interface Patience {
  /** For the first byte of each answer; a rate is judged no sooner either. */
  readonly first: number;
  /** For all of a download, at the rate at which it comes. */
  readonly whole: number;
}

export const PATIENCE: Patience = { first: 2000, whole: 60_000 };

/** How often it is looked at whether bytes come. */
const LOOK_MS = 100;

/** One of the answers that come at a pace. */
export interface Watch {
  /** Aborted when nobody wants to wait any longer. */
  readonly signal: AbortSignal;
  /** Why it was. */
  readonly why: string | undefined;
  readonly came: (bytes: number) => void;
  readonly stop: () => void;
}

/** How fast answers come, one after the other; of one whose size nobody knows `total` is undefined. */
export class Pace {
  readonly #total: number | undefined;
  readonly #patience: Patience;
  readonly #progress: (bytes: number) => void;
  readonly #began = performance.now();
  #bytes = 0;

  constructor(
    total: number | undefined,
    patience: Patience,
    progress: (bytes: number) => void = () => undefined,
  ) {
    this.#total = total;
    this.#patience = patience;
    this.#progress = progress;
  }

  /** Looks after one answer until it is stopped. */
  watch(): Watch {
    const aborter = new AbortController();
    let why: string | undefined;
    let bytes = 0;
    const began = performance.now();
    let slow = false;
    const timer = setInterval(() => {
      const found = this.#tooSlow(began, bytes);
      // Where we slept ourselves, bytes may lie here that nobody has read: they are, until the next look.
      if (found !== undefined && slow) {
        why = found;
        aborter.abort();
      }
      slow = found !== undefined;
    }, LOOK_MS);
    return {
      signal: aborter.signal,
      get why() {
        return why;
      },
      came: (more) => {
        bytes += more;
        this.#bytes += more;
        this.#progress(this.#bytes);
      },
      stop: () => clearInterval(timer),
    };
  }

  #tooSlow(began: number, bytes: number): string | undefined {
    const { first, whole } = this.#patience;
    const now = performance.now();
    if (bytes === 0 && now - began > first) return `no answer within ${first / 1000} s`;
    const past = now - this.#began;
    if (this.#bytes === 0 || past < first) return undefined;
    const total = this.#total ?? this.#bytes;
    if ((past * total) / this.#bytes <= whole) return undefined;
    return `at this rate the download takes longer than ${whole / 1000} s`;
  }
}

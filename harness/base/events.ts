// SPDX-License-Identifier: MIT
import type { Outcome } from './outcome.ts';

/** The steps of a run, in the order the data flows. */
export type StepName =
  | 'source'
  | 'tree'
  | 'headers'
  | 'remote'
  | 'kernel'
  | 'modules'
  | 'image'
  | 'rootfs'
  | 'programs'
  | 'boot'
  | 'run'
  | 'check'
  | 'package'
  | 'bisect'
  | 'verify'
  | 'compare'
  | 'cell';

/** What an event belongs to, where that is one of several. */
export interface About {
  /** The VM, as its console is numbered, from 1. */
  readonly vm?: number;
  /** Which run of a program it is, from 1. */
  readonly iteration?: number;
  /** The cell of a matrix. */
  readonly cell?: string;
}

/**
 * Why the store held no value: none was ever there; none was built of this tree, so that it
 * begins from nothing, or as a copy of another; or one was, of other patches or options. Of a
 * remote one also: none is of this gcc and ld; or what is there could not be used.
 */
export type Miss = 'not-there' | 'not-built' | 'copied' | 'changed' | 'other-toolchain' | 'refused';

/** Everything that can happen. The engine emits these and prints nothing. */
export type Event = About & Happening;

type Happening =
  /** A step began. */
  | {
      readonly type: 'step';
      readonly reason: 'begin';
      readonly step: StepName;
      readonly title: string;
    }
  /** How far a step is; `done` and `total` in the unit that `text` names. */
  | {
      readonly type: 'step';
      readonly reason: 'progress';
      readonly step: StepName;
      readonly text: string;
      readonly done?: number;
      readonly total?: number;
    }
  /** A step gave its value; `cached` when the store held it, `miss` says why it did not. */
  | {
      readonly type: 'step';
      readonly reason: 'end';
      readonly step: StepName;
      readonly milliseconds: number;
      readonly cached: boolean;
      readonly miss?: Miss;
      readonly made?: number;
      readonly note?: string;
    }
  /** A step failed, or was stopped as the run ends; the failure itself is the Result's. */
  | {
      readonly type: 'step';
      readonly reason: 'failed' | 'stopped';
      readonly step: StepName;
      readonly milliseconds: number;
    }
  /** A line of make, or of a guest's console. */
  | { readonly type: 'output'; readonly of: 'make' | 'console'; readonly line: string }
  /** Something the user must know that does not stop the run. */
  | { readonly type: 'warning'; readonly text: string }
  /** A program is about to run. */
  | { readonly type: 'program'; readonly reason: 'begin'; readonly name: string }
  /** A program has its outcome. */
  | {
      readonly type: 'program';
      readonly reason: 'end';
      readonly name: string;
      readonly outcome: Outcome;
      readonly milliseconds: number;
      readonly why?: string;
    };

export type Emit = (event: Event) => void;

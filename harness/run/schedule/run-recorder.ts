// SPDX-License-Identifier: MIT
import type { FailureCode } from '../../base/result.ts';
import type { KernelReport } from '../../kernel-log/reports.ts';
import type { Attribute } from '../program/attribute.ts';
import type { ExplainedReport } from '../program/explain.ts';
import type { ProgramResult } from '../result/program-result.ts';

/** Why programs were left not-run, and whose fault that is. */
export interface Stopped {
  readonly by: 'kernel' | 'environment';
  readonly code: FailureCode;
  readonly what: string;
  readonly detail: string;
}

/** What all lanes write into. */
export class RunRecorder {
  /** Of each program all runs, in order. */
  readonly results = new Map<string, ProgramResult[]>();
  readonly stray: ExplainedReport[] = [];
  readonly base: KernelReport[] = [];
  argv: readonly string[] = [];
  stopped: Stopped | undefined;
  readonly #attribute: Attribute;

  constructor(attribute: Attribute) {
    this.#attribute = attribute;
  }

  add(result: ProgramResult): void {
    const runs = this.results.get(result.name) ?? [];
    runs.push(result);
    this.results.set(result.name, runs);
  }

  /** What the kernel said outside any program is nobody's: it fails the run. True where it counts. */
  async addStray(reports: readonly KernelReport[]): Promise<boolean> {
    const attributed = await this.#attribute(reports);
    this.stray.push(...attributed.counted);
    this.base.push(...attributed.base);
    return attributed.counted.length > 0;
  }
}

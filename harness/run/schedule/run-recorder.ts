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

/** Collects what all workers find out. */
export class RunRecorder {
  /** All runs of each program, in order. */
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

  /** Adds kernel reports outside any program: they fail the run. True where one counts. */
  async addStray(reports: readonly KernelReport[]): Promise<boolean> {
    const attributed = await this.#attribute(reports);
    this.stray.push(...attributed.counted);
    this.base.push(...attributed.base);
    return attributed.counted.length > 0;
  }
}

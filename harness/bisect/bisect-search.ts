// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { step, type Context } from '../base/context.ts';
import { ok, type Result } from '../base/result.ts';
import type { StackLine } from '../run/program/explain.ts';
import type { Plan } from '../run/tests/plan.ts';
import { inDirectory, type RunSpec } from '../run/spec.ts';
import type { Entry, Journal } from './journal.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { buildCandidate, type Candidate } from '../trial/candidate.ts';
import { tryOut, type Trial, type TrialResult } from '../trial/trial.ts';
import type { Answer, Symptom } from './question/answer.ts';
import { answerOf } from './question/answer-of.ts';
import type { Question } from './question/question.ts';
import { trialOf } from './question/trial-of.ts';

/** A state that a search asks: of a suspect, or an end. */
export interface Asked {
  readonly id: string;
  readonly candidate: () => Promise<Result<Candidate>>;
}

/** One state that was asked, as a report shows it. */
export interface Step extends Entry {
  /** Where the answer comes from: a run, the journal, or an earlier state with the same kernel. */
  readonly known: 'asked' | 'journal' | 'same kernel';
  readonly milliseconds: number;
}

export interface BisectSearchOptions {
  readonly question: Question;
  readonly plan: Plan;
  readonly spec: RunSpec;
  readonly journal: Journal;
  /** How often each state runs, where the user says so. */
  readonly runs: number | undefined;
}

/**
 * Puts one question to many states, and keeps their answers in the journal. Runs of one
 * state add up. Two states whose kernels are the same bytes have the same answer.
 */
export class BisectSearch {
  readonly question: Question;
  /** How the bad end fails; undefined until it has been asked. */
  symptom: Symptom | undefined;
  /** All programs are compiled against the headers of this kernel, so that every state runs the same. */
  headers: Kernel | undefined;
  readonly #context: Context;
  readonly #options: BisectSearchOptions;
  readonly #known = new Map<string, Entry>();
  readonly #steps = new Map<string, Step>();
  #trials = 0;

  constructor(context: Context, options: BisectSearchOptions, before: readonly Entry[]) {
    this.question = options.question;
    this.#context = context;
    this.#options = options;
    for (const entry of before) {
      this.#known.set(entry.id, entry);
      this.#steps.set(entry.id, { ...entry, known: 'journal', milliseconds: 0 });
    }
  }

  /**
   * One run is enough: a compiler gives the same answer each time, and so does a count of
   * instructions, and a command unless the user asks for more runs.
   */
  get isCertain(): boolean {
    const { kind } = this.question;
    if (kind === 'command') return !this.#options.runs;
    return kind === 'build' || kind === 'warning' || kind === 'cost';
  }

  /** Every state that was asked, in the order in which each was asked first. */
  get steps(): readonly Step[] {
    return [...this.#steps.values()];
  }

  /** The answer of a state that was asked already. */
  known(id: string): Entry | undefined {
    return this.#known.get(id);
  }

  /**
   * Asks a state by up to `runs` runs, including those that it has had. The first failure
   * ends them, unless `all` is set. A state that was bad or gave no answer stays so.
   */
  async ask(asked: Asked, runs: number, all = false): Promise<Result<Entry>> {
    const before = this.#known.get(asked.id);
    if (before && (before.runs >= runs || (!all && before.verdict !== 'good'))) return ok(before);
    return step(this.#context, 'bisect', asked.id, async () => {
      const entry = await this.#ask(asked, runs, all, before);
      if (!entry.ok) return entry;
      const { label, verdict, why } = entry.value;
      return ok({ value: entry.value, cached: false, note: `${verdict} ${label}: ${why}` });
    });
  }

  async #ask(
    asked: Asked,
    runs: number,
    all: boolean,
    before: Entry | undefined,
  ): Promise<Result<Entry>> {
    const began = performance.now();
    const candidate = await asked.candidate();
    if (!candidate.ok) return candidate;
    const { label } = candidate.value;
    const built = await buildCandidate(this.#context, candidate.value);
    if (!built.ok) return built;
    const bytes = built.value.kind === 'built' ? built.value.bytes : undefined;
    const twin = before ? undefined : this.#twin(bytes, runs);
    if (twin) {
      const entry = { ...twin, id: asked.id, label };
      await this.#keep(entry, 'same kernel', began);
      return ok(entry);
    }
    const trial = this.#trial(runs - (before?.runs ?? 0), all);
    const seen = await tryOut(this.#context, built.value, trial);
    if (!seen.ok) return seen;
    const entry: Entry = {
      id: asked.id,
      label,
      ...added(before, answerOf(this.question, seen.value, this.symptom)),
      ...(bytes === undefined ? {} : { bytes }),
      ...stackIn(seen.value),
    };
    await this.#keep(entry, 'asked', began);
    return ok(entry);
  }

  #trial(runs: number, all: boolean): Trial {
    const { plan, spec } = this.#options;
    const directory = join(spec.output.directory, `trial-${++this.#trials}`);
    const how = { spec: inDirectory(spec, directory), headers: this.headers };
    return trialOf(this.question, { ...how, plan, runs, all });
  }

  /** The answer of another state with the same kernel. */
  #twin(bytes: string | undefined, runs: number): Entry | undefined {
    // A command of the user's may look at more than the kernel.
    if (bytes === undefined || this.question.kind === 'command') return undefined;
    if (this.question.kind === 'warning') return undefined;
    return [...this.#known.values()].find(
      (entry) => entry.bytes === bytes && (entry.runs >= runs || entry.verdict !== 'good'),
    );
  }

  async #keep(entry: Entry, known: Step['known'], began: number): Promise<void> {
    this.#known.set(entry.id, entry);
    const earlier = this.#steps.get(entry.id)?.milliseconds ?? 0;
    const milliseconds = earlier + Math.round(performance.now() - began);
    this.#steps.set(entry.id, { ...entry, known, milliseconds });
    await this.#options.journal.add(entry);
  }
}

/** Adds the runs of two answers up. A failure outweighs passes; no answer takes back none. */
const added = (before: Entry | undefined, now: Answer): Answer => {
  if (!before) return now;
  const first = now.verdict === 'bad' || before.verdict !== 'good' ? now : before;
  const shown = before.verdict === 'bad' ? before : now.verdict === 'skip' ? before : first;
  const symptom = shown.symptom ?? now.symptom;
  return {
    verdict: shown.verdict,
    why: shown.why,
    runs: before.runs + now.runs,
    failures: before.failures + now.failures,
    ...(symptom ? { symptom } : {}),
  };
};

/** The stack of the first kernel report, where there is one. */
const stackIn = (seen: TrialResult): { readonly stack?: readonly StackLine[] } => {
  if (seen.kind === 'unbuilt') return {};
  const runs = seen.programs.flatMap((program) => program.runs ?? [program]);
  const [first] = [...runs.flatMap(({ reports }) => reports), ...seen.stray];
  return first ? { stack: first.stack } : {};
};

// SPDX-License-Identifier: MIT
import { table } from '../table.ts';
import type { ForeseenCandidate } from '../../trial/foresee.ts';
import type { ForeseenStep } from '../../run/foresee/step.ts';

/** As a person says how long something takes; nothing where nobody knows. */
export const about = (milliseconds: number | undefined): string => {
  if (milliseconds === undefined) return '?';
  const seconds = milliseconds / 1000;
  return seconds < 90 ? `${seconds.toFixed(1)} s` : `${(seconds / 60).toFixed(1)} min`;
};

/** The steps of a run, with what each would do and how long, and all of it. */
export const renderForeseen = (steps: readonly ForeseenStep[]): readonly string[] => {
  const known = steps.flatMap(({ milliseconds }) => milliseconds ?? []);
  const sum = about(known.reduce((all, one) => all + one, 0));
  const unknown = known.length < steps.length ? ', and what nobody has seen yet' : '';
  const rows = steps.map(({ step, milliseconds }) => [step, about(milliseconds)]);
  const lines = table(['', 'takes'], rows).slice(1);
  return [
    ...lines.map((line, index) => `${line}  ${steps[index]?.what ?? ''}`),
    known.length === 0 ? 'it takes what nobody has seen yet' : `it takes some ${sum}${unknown}`,
  ];
};

/** The kernels that a walk would look at, with what each takes. */
export const renderForeseenKernels = (all: readonly ForeseenCandidate[]): readonly string[] => {
  const rows = all.map(({ label, milliseconds }) => [label, about(milliseconds)]);
  const lines = table(['', 'takes'], rows).slice(1);
  const there = all.filter(({ isThere }) => isThere).length;
  return [
    ...lines.map((line, index) => `${line}  ${all[index]?.what ?? ''}`),
    `${all.length} kernel${all.length === 1 ? '' : 's'}, ${there} of them there already`,
  ];
};

// SPDX-License-Identifier: MIT

/** What a kernel is asked. */
export type Question =
  /** Does this program fail, or this result of it? */
  | { readonly kind: 'test'; readonly program: string; readonly result?: string }
  /** Does the kernel report with this fingerprint come? */
  | { readonly kind: 'report'; readonly fingerprint: string }
  /** Does it fail to boot? */
  | { readonly kind: 'boot' }
  /** Does it fail to build? */
  | { readonly kind: 'build' }
  /** Does the compiler give a warning that contains these words? */
  | { readonly kind: 'warning'; readonly text: string }
  /** Does this shell command end with a status other than 0? */
  | { readonly kind: 'command'; readonly command: string }
  /** Does this probe take more instructions than the limit? That is the count at the good end and `over`. */
  | {
      readonly kind: 'cost';
      readonly probe: string;
      readonly over: number;
      readonly limit: number;
      /** The names of the series that have probes. */
      readonly series: readonly string[];
    };

/** A question in words that end "…?". */
export const describeQuestion = (question: Question): string => {
  switch (question.kind) {
    case 'test':
      return `does ${[question.program, ...(question.result ? [question.result] : [])].join('/')} fail?`;
    case 'report':
      return `does the kernel report ${question.fingerprint} come?`;
    case 'boot':
      return 'does it fail to boot?';
    case 'build':
      return 'does it fail to build?';
    case 'warning':
      return question.text === ''
        ? 'does the compiler warn anew?'
        : `does the compiler warn of "${question.text}"?`;
    case 'command':
      return `does "${question.command}" fail?`;
    case 'cost':
      return `does ${question.probe} take more than ${question.limit} instructions?`;
  }
};

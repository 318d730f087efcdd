// SPDX-License-Identifier: MIT
import type { Outcome } from '../../../harness/base/outcome.ts';
import type { HostRan, Lab } from '../../support/lab.ts';

/** One planted fault of the host, and what is right to come of it. */
export interface HostFault {
  readonly about: string;
  /** Plants it and gives the run that meets it. */
  readonly plant: (lab: Lab) => Promise<HostRan>;
  /** undefined: killed itself. */
  readonly code: number | undefined;
  /** Stands on stderr: the right reason, not just an error. */
  readonly says?: string | RegExp;
  /** Of the first program, where the run came so far. */
  readonly outcome?: Outcome;
}

export type HostFaults = Readonly<Record<string, HostFault>>;

/** What there is to say against what happened; nothing where all is right. */
export const objections = (fault: HostFault, ran: HostRan): readonly string[] => {
  const { code, says = '', outcome } = fault;
  const said = typeof says === 'string' ? ran.stderr.includes(says) : says.test(ran.stderr);
  return [
    ...(ran.code === code ? [] : [`exit code ${ran.code ?? 'none'}, not ${code ?? 'none'}`]),
    ...(said ? [] : [`"${String(says)}" is not said`]),
    ...(outcome === undefined || ran.outcome === outcome
      ? []
      : [`outcome ${ran.outcome ?? 'none'}, not ${outcome}`]),
    ...(ran.stderr.includes('a bug in the harness') ? ['it is taken for a bug'] : []),
  ];
};

// SPDX-License-Identifier: MIT
import type { Vm } from '../../vm/vm.ts';

/** Who looks into the guests of a run besides the verdicts; none of it may throw. */
export interface VmObserver {
  /** A VM has come up; nothing has run in it. */
  readonly begin: (vm: Vm) => Promise<void>;
  /** A program has run in it; the VM may be gone. */
  readonly after: (vm: Vm, program: string) => Promise<void>;
  /** Its guest has panicked, restarted or shut down: the last look. */
  readonly last: (vm: Vm) => Promise<void>;
}

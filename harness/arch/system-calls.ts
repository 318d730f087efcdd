// SPDX-License-Identifier: MIT

/** A row of a system call table (scripts/syscalltbl.sh of the kernel). */
export interface SystemCall {
  readonly number: number;
  readonly abi: string;
  readonly name: string;
  readonly entry: string | undefined;
}

/** The system calls that programs of 64 bits make. */
export interface SystemCalls {
  /** The file of the kernel's tree with their numbers. */
  readonly table: string;
  /** Objects with the table in them, or its length. */
  readonly users: readonly string[];
  /** What is wrong with a new row by itself, in words that follow its number and name. */
  readonly problems: (row: SystemCall) => readonly string[];
}

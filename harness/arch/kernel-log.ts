// SPDX-License-Identifier: MIT

/** One way in which a kernel reports a fault, by the line that gives it away. */
export interface Kind {
  readonly kind: string;
  /** Matches a line without its timestamp. */
  readonly pattern: RegExp;
  /**
   * The line also occurs within a report of another kind and then is a part of
   * that one: `near` its first line, anywhere in it (`within`), or even a little
   * after its end.
   */
  readonly follows?: 'near' | 'within' | 'after';
  /** Nothing belongs to the report after its first stack. */
  readonly endsWithStack?: true;
}

/** What a kernel's log has of its processor. */
export interface KernelLog {
  /** Stands before the place of an instruction pointer, in a line of registers. */
  readonly pointer: RegExp;
  /** The lines before a stack and after it. */
  readonly stackBegins: RegExp;
  readonly stackEnds: RegExp;
  /** What follows an oops in its first line, and changes from one to the next. */
  readonly oopsFlags: RegExp;
  /** Faults that it finds, among those that all kernels report. */
  readonly kinds: readonly Kind[];
  /** What looks like these and is not. */
  readonly noise: readonly RegExp[];
  /** Functions between a fault and the report of it, by name, and by how names begin. */
  readonly machinery: { readonly names: readonly string[]; readonly families: readonly RegExp[] };
}

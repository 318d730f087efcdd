// SPDX-License-Identifier: MIT
import { posix } from 'node:path';
import { z } from 'zod';
import type { ReadOnly } from '../../base/read-only.ts';

/** A place in the tree that a diagnostic names. */
export interface FileLine {
  /** Relative to the tree. */
  readonly file: string;
  readonly line: number;
}

/** A warning or an error of the compiler, of Kconfig, objtool or modpost. */
export interface Diagnostic extends FileLine {
  readonly kind: 'warning' | 'error';
  readonly text: string;
  /**
   * Other places it is about: the function or the include chain it came up in,
   * and the notes after it. A wrong format in a pr_info() is reported at
   * kern_levels.h; only these name the file that is at fault.
   */
  readonly involved: readonly FileLine[];
}

export const WARNING = z.strictObject({
  /** Relative to the tree. */
  file: z.string(),
  line: z.int(),
  text: z.string(),
  patch: z.string().optional(),
});

/** A warning with the patch that owns the line, where one does. */
export type Warning = ReadOnly<z.infer<typeof WARNING>>;

const LOCATED = /^(\S+?):(\d+):(?:\d+:)? ?(?:(fatal error|error|warning|note): ?)?(.*)$/;
const SURROUNDING =
  /^(?:In file included from |\s+from )(\S+?):(\d+)|^(\S+?): (?:In |At top level)/;
const OBJTOOL = /^(\S+)\.o: (warning|error): (objtool: .*)$/;

/** What make says it compiles: `  CC      kernel/fork.o`. */
export const parseProgress = (text: string): string | undefined => {
  const match = /^ {2}([A-Z][A-Z0-9_]*(?: \[M\])?) +(\S+)$/.exec(text);
  return match ? `${match[1] ?? ''} ${match[2] ?? ''}` : undefined;
};

/**
 * Reads make's output line by line. Paths may be absolute or relative to the
 * build directory; what is not in the tree is passed over. The lines of one
 * target must come together (make's -Otarget).
 */
export class DiagnosticReader {
  readonly #tree: string;
  readonly #build: string;
  readonly #found: (Diagnostic & { involved: FileLine[] })[] = [];
  #around: FileLine[] = [];

  constructor(tree: string, build: string) {
    this.#tree = tree;
    this.#build = build;
  }

  get diagnostics(): readonly Diagnostic[] {
    return this.#found;
  }

  push(text: string): void {
    if (parseProgress(text) !== undefined) {
      this.#around = [];
      return;
    }
    const [, from, fromLine, within] = SURROUNDING.exec(text) ?? [];
    const around = from ?? within;
    if (around !== undefined) {
      const place = this.#place(around, Number(fromLine ?? 1));
      if (place) this.#around.push(place);
      return;
    }
    const [, object, severity, said] = OBJTOOL.exec(text) ?? [];
    if (object !== undefined) {
      const place = this.#place(`${object}.c`, 1);
      if (place) this.#add(place, severity === 'error' ? 'error' : 'warning', said ?? '');
      return;
    }
    if (text.startsWith('WARNING: modpost: ')) {
      // It names sections and symbols, no file: nobody's but the series'.
      this.#add({ file: MODPOST, line: 0 }, 'warning', text);
      return;
    }
    this.#located(text);
  }

  #located(text: string): void {
    const [, path, line, kind, message] = LOCATED.exec(text) ?? [];
    if (path === undefined || line === undefined || message === undefined) return;
    const place = this.#place(path, Number(line));
    if (kind === 'note') {
      if (place) this.#found.at(-1)?.involved.push(place);
      return;
    }
    // Kconfig's errors bear no word for it.
    const isKconfig = /(^|\/)Kconfig[^/]*$/.test(path);
    if (!place || (kind === undefined && !isKconfig)) return;
    this.#add(place, kind === 'warning' ? 'warning' : 'error', message);
  }

  #add(place: FileLine, kind: Diagnostic['kind'], text: string): void {
    this.#found.push({ ...place, kind, text, involved: [...this.#around] });
  }

  #place(path: string, line: number): FileLine | undefined {
    const inTree = posix.relative(this.#tree, posix.resolve(this.#build, path));
    // A compiler that runs in the tree itself, and objtool, name files from there.
    const file = inTree.startsWith('..') && !path.startsWith('/') ? posix.normalize(path) : inTree;
    return file.startsWith('..') ? undefined : { file, line };
  }
}

/** Stands for a file where modpost warns. */
export const MODPOST = 'vmlinux';

/** Where a warning touches what a series has touched; undefined where it does not. */
export const placeOfSeries = (
  diagnostic: Diagnostic,
  touched: ReadonlySet<string>,
): FileLine | undefined =>
  diagnostic.file === MODPOST
    ? diagnostic
    : [diagnostic, ...[...diagnostic.involved].reverse()].find(({ file }) => touched.has(file));

const key = ({ file, text }: Warning): string => `${file}\0${text}`;

/** The warnings that were not there before, whatever line they have moved to. */
export const newIn = (
  after: readonly Warning[],
  before: readonly Warning[],
): readonly Warning[] => {
  const left = before.map(key);
  return after.filter((warning) => {
    const at = left.indexOf(key(warning));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
};

export const describeWarning = ({ file, line, text }: Warning): string =>
  `${file}:${line}: ${text}`;

// SPDX-License-Identifier: MIT
import { posix } from 'node:path';

/** A warning or an error of the compiler, its file relative to the tree. */
export interface Diagnostic {
  readonly kind: 'warning' | 'error';
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** A warning with the patch that owns the line, where one does. */
export interface Warning {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly patch: string | undefined;
}

/**
 * Reads one line of make's output: gcc's `file:line:column: error: text`, and
 * Kconfig's `file:line: text`. Paths may be absolute or relative to the build
 * directory; what is not in the tree is undefined.
 */
export const parseDiagnostic = (
  text: string,
  tree: string,
  build: string,
): Diagnostic | undefined => {
  const match = /^(\S+?):(\d+):(?:(\d+):)? (?:(fatal error|error|warning): )?(.*)$/.exec(text);
  const [, path, line, , kind, message] = match ?? [];
  if (path === undefined || line === undefined || message === undefined) return undefined;
  const isKconfig = /(^|\/)Kconfig[^/]*$/.test(path);
  if (kind === undefined && !isKconfig) return undefined;
  const inTree = posix.relative(tree, posix.resolve(build, path));
  // A compiler that runs in the tree itself names its files from there.
  const file = inTree.startsWith('..') && !path.startsWith('/') ? posix.normalize(path) : inTree;
  if (file.startsWith('..')) return undefined;
  return {
    kind: kind === 'warning' || /^warning:/.test(message) ? 'warning' : 'error',
    file,
    line: Number(line),
    text: message,
  };
};

/** What make says it compiles: `  CC      kernel/fork.o`. */
export const parseProgress = (text: string): string | undefined => {
  const match = /^ {2}([A-Z][A-Z0-9_]*(?: \[M\])?) +(\S+)$/.exec(text);
  return match ? `${match[1] ?? ''} ${match[2] ?? ''}` : undefined;
};

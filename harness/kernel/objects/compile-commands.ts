// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { commandsOf, treeOf } from './commands.ts';

/** How a file was compiled (clang.llvm.org/docs/JSONCompilationDatabase.html). */
export interface CompileCommand {
  readonly directory: string;
  readonly file: string;
  readonly command: string;
}

/**
 * How each C file of a build was compiled, as if it lay in another copy of its tree; what make
 * generates stays in the build. As scripts/clang-tools/gen_compile_commands.py has it.
 */
export const compileCommands = async (
  build: string,
  tree: string,
): Promise<readonly CompileCommand[]> => {
  const built = treeOf(build);
  const commands = await commandsOf(build);
  return commands
    .filter(({ source }) => source.endsWith('.c') && !source.startsWith('..'))
    .map(({ source, line }) => {
      // The launcher is ours; behind the compiler others see to the object.
      const compiler = line.replace(/^\S*\/kbt-cc /, '').replace(/\s+; .*$/, '');
      return {
        directory: build,
        file: join(tree, source),
        command: compiler.replaceAll(`${built}/`, `${tree}/`),
      };
    });
};

// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { renderCompletion } from '../../../harness/cli/manual/completion.ts';
import { describeProgram } from '../../../harness/cli/manual/describe.ts';
import { renderMan } from '../../../harness/cli/manual/man.ts';
import { program } from '../../../harness/cli/program.ts';

const described = describeProgram(program(() => Promise.resolve()));
const { commands } = described;

test('the manual page has every command and option, and no line that is a request of another', () => {
  const page = renderMan(described, '1.2.3');
  const plain = page.replaceAll('\\-', '-');
  for (const { name, options } of commands) {
    expect(plain).toContain(`.SS ${name}\n`);
    for (const long of options.flatMap(({ names }) => names))
      expect(plain).toContain(`\\fB${long}`);
  }
  expect(plain).toContain('64   wrong usage');
  const macros = page.split('\n').filter((line) => /^[.']/.test(line));
  for (const line of macros) expect(line).toMatch(/^\.(?:TH|SH|SS|TP|PP|B|br|nf|fi)\b/);
});

test.for(['bash', 'zsh', 'fish'] as const)('%s is told every command and option', (shell) => {
  const script = renderCompletion(described, shell);
  for (const { name, options } of commands) {
    for (const word of name.split(' ')) expect(script).toContain(word);
    for (const long of options.flatMap(({ names }) => names).filter((n) => n.startsWith('--')))
      expect(script).toContain(shell === 'fish' ? `-l ${long.slice(2)} ` : long);
  }
});

const TYPED: readonly (readonly [string, string])[] = [
  ['kbt boot-t', 'boot-test'],
  ['kbt boot-test --acc', '--accel'],
  ['kbt boot-test --accel ', 'auto kvm tcg'],
  ['kbt completion --h', '--help'],
  ['kbt series im', 'import'],
  ['kbt series import --rev', '--revision'],
  ['kbt boot-test --series-dir /et', '/etc'],
];
test.for(TYPED)('bash completes %s by %s', ([line, wanted]) => {
  const words = line.split(' ').map((word) => `'${word}'`);
  const script = `${renderCompletion(described, 'bash')}
COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _kbt; echo "\${COMPREPLY[*]}"`;
  expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim()).toBe(wanted);
});

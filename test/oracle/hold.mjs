// SPDX-License-Identifier: MIT
// Holds the engine of Llamux to what llama.cpp made of prompts when the fixtures were written, which
// takes neither llama.cpp nor a kernel. Usage: node hold.mjs DIRECTORY, of which one is made.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { buildEngine } from './build.mjs';
import { drawModel } from './draw.mjs';
import { WORDS } from './texts.mjs';

const [, , directory = ''] = process.argv;
const runner = join(buildEngine(directory, 'llamux_run'), 'llamux_run');
const fixtures = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures.json'), 'utf8'));

/** By how much the logits of one position differ at most, of those that both have. */
const differ = (line, best) => {
  const ours = line.split(' ').slice(1);
  const logits = new Map(ours.map((one) => one.split(':').map(Number)));
  const [[first]] = best;
  const known = best.filter(([token]) => logits.has(token));
  // Those of the last places may be others.
  if (known.length < best.length - 3) return Infinity;
  return Math.max(
    ...known.map(([token, below]) => Math.abs(logits.get(token) - logits.get(first) - below)),
  );
};

for (const [kind, { worst, prompts }] of Object.entries(fixtures)) {
  const file = join(directory, `${kind}.gguf`);
  writeFileSync(file, drawModel(kind, WORDS));
  const all = prompts.flatMap(({ prompt, best }) => {
    const lines = execFileSync(runner, [file, prompt]).toString().trimEnd().split('\n');
    // llama.cpp was told the tokens of the prompt by llamux_run: there are as many.
    return best.map((one, i) => differ(lines[i] ?? '', one));
  });
  const most = Math.max(...all);
  process.stdout.write(`${kind}: ${all.length} positions differ by at most ${most.toFixed(4)}\n`);
  if (!(most <= worst)) process.exitCode = 1;
}

// SPDX-License-Identifier: MIT
// Holds the engine of Llamux, compiled in user space, to llama.cpp: the same tokens of each text, and
// of each prompt the same token that follows and the same logits, but for an error that is stated.
// Usage: node compare.mjs LLAMUX_RUN [write]; TAP on stdout.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { getLlama } from 'node-llama-cpp';
import { drawModel, KINDS } from './draw.mjs';
import { lines, WORDS } from './texts.mjs';

/**
 * By how much logits may differ, at most and on average: twice what llama.cpp's own CPU libraries
 * (sapphirerapids, haswell, x64) differ by among each other on such prompts. A number that is
 * rounded to the other side, as it is to be quantized, is a step that all others follow.
 */
const ERROR = {
  F32: { worst: 2 * 0.0026, mean: 2 * 0.00009 },
  F16: { worst: 2 * 0.0108, mean: 2 * 0.0017 },
  Q8_0: { worst: 2 * 0.258, mean: 2 * 0.0145 },
  Q4_0: { worst: 2 * 0.15, mean: 2 * 0.008 },
  Q6_K: { worst: 2 * 0.124, mean: 2 * 0.0059 },
};
const LINES = 1000;
const PROMPTS = 40;
const FOLLOWING = 8;

/** What npm test holds the engine to: prompts, and of each kind what llama.cpp makes of them. */
const FIXTURES = join(import.meta.dirname, 'fixtures.json');
const FIXED = 3;
const BEST = 20;

const [, , runner = '', ...options] = process.argv;
const scratch = mkdtempSync(join(tmpdir(), 'kbt-oracle-'));
const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'error' });

const points = [];
const check = (isRight, name, told) => {
  points.push(
    `${isRight ? 'ok' : 'not ok'} ${points.length + 1} - ${name}\n  ---\n  told: ${told}\n  ...`,
  );
  if (!isRight) process.exitCode = 1;
};

/** What llamux_run prints, line by line. */
const run = (args, input = '') =>
  execFileSync(runner, args, { input, maxBuffer: 1 << 28 })
    .toString()
    .split('\n')
    .slice(0, -1);

const compareTokens = (file, model) => {
  const all = lines(LINES);
  const ours = run([file, '-t'], `${all.join('\n')}\n`);
  const { bos } = model.tokens;
  const differ = all.filter((text, i) => {
    const theirs = [...model.tokenize(text, false)];
    return (theirs[0] === bos ? theirs : [bos, ...theirs]).join(' ') !== ours[i];
  });
  check(
    ours.length === LINES && differ.length === 0,
    `${LINES} lines become the same tokens`,
    JSON.stringify(differ.slice(0, 3)),
  );
};

/** A line of llamux_run: the token that was fed, and the best ones behind it. */
const parse = (line) => {
  const [fed, ...best] = line.split(' ');
  return { fed: Number(fed), best: best.map((one) => one.split(':').map(Number)) };
};

const comparePrompt = async (sequence, file, prompt, error) => {
  const ours = run([file, prompt, String(FOLLOWING)]).map(parse);
  await sequence.clearHistory();
  const input = ours.map(({ fed }) => [fed, { generateNext: { probabilities: true } }]);
  const theirs = await sequence.controlledEvaluate(input);
  const differences = [];
  const told = { count: ours.length, near: 0, wrong: 0 };
  for (const [i, { best }] of ours.entries()) {
    const probabilities = theirs[i].next.probabilities;
    const logits = best.map(([token]) => Math.log(probabilities.get(token)));
    // Of a softmax only differences are known.
    for (const [k, [, logit]] of best.entries())
      differences.push(Math.abs(logits[k] - logits[0] - (logit - best[0][1])));
    const [[first, p], [, q]] = [...probabilities].sort((a, b) => b[1] - a[1]);
    if (first === best[0][0]) continue;
    // Another one may be as good.
    if (Math.log(p / q) < error) told.near++;
    else told.wrong++;
  }
  return { ...told, differences, theirs };
};

/** The best tokens that llama.cpp has for the next one, and how far their logits are from the best. */
const bestOf = ({ next: { probabilities } }) => {
  const sorted = [...probabilities].sort((a, b) => b[1] - a[1]).slice(0, BEST);
  return sorted.map(([token, p]) => [token, Number(Math.log(p / sorted[0][1]).toFixed(4))]);
};

const compareLogits = async (kind, file, model) => {
  const context = await model.createContext({
    contextSize: 512,
    flashAttention: false,
    threads: 1,
  });
  const sequence = context.getSequence();
  const prompts = lines(4 * PROMPTS, 11)
    .filter((text) => text.length > 0 && text.length < 200)
    .slice(0, PROMPTS);
  const all = [];
  for (const prompt of prompts)
    all.push(await comparePrompt(sequence, file, prompt, ERROR[kind].worst));
  const sum = (key) => all.reduce((total, one) => total + one[key], 0);
  const differences = all.flatMap((one) => one.differences);
  const worst = differences.reduce((a, b) => Math.max(a, b), 0);
  const mean = differences.reduce((a, b) => a + b, 0) / differences.length;
  check(
    all.length === PROMPTS && sum('wrong') === 0 && sum('near') <= sum('count') / 100,
    `${kind}: the same tokens follow`,
    `of ${sum('count')} tokens ${sum('near')} are others that are as good, ${sum('wrong')} wrong`,
  );
  check(
    worst <= ERROR[kind].worst && mean <= ERROR[kind].mean,
    `${kind}: the logits are the same but for rounding`,
    `of ${differences.length} the worst differs by ${worst.toFixed(5)}, of ${ERROR[kind].worst}; on average ${mean.toFixed(5)}, of ${ERROR[kind].mean}`,
  );
  await context.dispose();
  return all.slice(0, FIXED).map(({ theirs }, i) => ({
    prompt: prompts[i],
    // Of what follows only the first is told by the prompt alone.
    best: theirs.slice(0, model.tokenize(prompts[i], false).length).map(bestOf),
  }));
};

try {
  const fixtures = {};
  for (const kind of Object.keys(KINDS)) {
    const file = join(scratch, `${kind}.gguf`);
    writeFileSync(file, drawModel(kind, WORDS));
    const model = await llama.loadModel({ modelPath: file });
    if (points.length === 0) compareTokens(file, model);
    const { worst } = ERROR[kind];
    fixtures[kind] = { worst, prompts: await compareLogits(kind, file, model) };
    await model.dispose();
  }
  if (options.includes('write')) writeFileSync(FIXTURES, `${JSON.stringify(fixtures)}\n`);
  process.stdout.write(`TAP version 14\n1..${points.length}\n${points.join('\n')}\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exit();

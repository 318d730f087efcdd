// SPDX-License-Identifier: MIT
import { appendFileSync, mkdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Figures } from './figures.ts';
import { loop } from './loop.ts';
import { search } from './search.ts';
import { ROOT, withWorkbench } from './workbench.ts';

const RUNS = 5;
const GROUPS = { loop, search };

const isGroup = (name: string): name is keyof typeof GROUPS => name in GROUPS;

const asked = process.argv.slice(3);
const unknown = asked.find((name) => !isGroup(name));
if (unknown !== undefined) {
  process.stderr.write(`kbt: bench has no group ${unknown}: ${Object.keys(GROUPS).join(', ')}\n`);
  process.exit(64);
}
const names =
  asked.length > 0 ? asked.filter(isGroup) : (Object.keys(GROUPS) as (keyof typeof GROUPS)[]);

const figures = new Figures(RUNS, (line) => process.stdout.write(`${line}\n`));
for (const name of names) await withWorkbench(figures, GROUPS[name]);

const results = join(ROOT, 'results');
mkdirSync(results, { recursive: true });
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`;
const entry = { when: new Date().toISOString(), machine, groups: names, figures: figures.all };
// A line a run: what is compared later is there.
appendFileSync(join(results, 'bench.jsonl'), `${JSON.stringify(entry)}\n`);

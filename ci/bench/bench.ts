// SPDX-License-Identifier: MIT
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { cold } from './cold.ts';
import { Figures } from './figures.ts';
import { plot, readHistory, type Entry } from './history.ts';
import { loop } from './loop.ts';
import { scale } from './scale/scale.ts';
import { second } from './second.ts';
import { search } from './search.ts';
import { against, peers } from './peers.ts';
import { remote } from './remote.ts';
import { ROOT, withWorkbench } from './workbench.ts';

const RUNS = 5;
const GROUPS = { loop, search, peers, cold, second, remote, scale };

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
against(figures);

const results = join(ROOT, 'results');
mkdirSync(results, { recursive: true });
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`;
const entry: Entry = {
  when: new Date().toISOString(),
  machine,
  groups: names,
  figures: figures.all,
};
// A line a run: what is compared later is there.
const file = join(results, 'bench.jsonl');
appendFileSync(file, `${JSON.stringify(entry)}\n`);
writeFileSync(join(results, 'bench.html'), plot(readHistory(file)));

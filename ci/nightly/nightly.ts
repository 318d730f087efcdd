// SPDX-License-Identifier: MIT
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { Parser } from 'tap-parser';
import { $ } from 'zx';
import { gravest } from '../../harness/base/outcome.ts';
import type { MatrixFile } from '../../harness/run/matrix/matrix-file.ts';
import type { AnyResult } from '../../harness/run/result/result.ts';
import { kbt, readJson } from '../support/kbt.ts';
import { lastGreen, publish } from './github.ts';
import { markOf, renderIssue, titleOf, type Night, type Searched } from './issue.ts';
import { regressionsIn } from './regressions.ts';
import { againOf, searchFor } from './search.ts';
import { renderNight } from './summary.ts';

/** A night has hours, and no more: so many things are searched for. */
const SEARCHES = 3;

const USAGE = `npm run nightly -- SHARD… [--to DIR] [--good REVISION] [--check NAME=TAP]… [--publish]

Merges the shards of a matrix into one result in every form, below DIR (nightly). What broke
since the last good revision is searched for in the history of the series, and told in a text
of an issue each, in DIR/issues/. --check counts a TAP of another job of the night. --publish
opens or updates the issues by gh; without --good, gh is asked for the last green night.

Exit codes: 0 all passed, 1 something failed, 2 something did not build, 3 the environment,
64 wrong usage, shards that are not of one night among it.
`;

const options = {
  to: { type: 'string', default: 'nightly' },
  good: { type: 'string' },
  check: { type: 'string', multiple: true, default: [] as string[] },
  publish: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const main = async (): Promise<number> => {
  const { values, positionals: shards } = readArguments();
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (shards.length === 0) return usage('no shard is named');
  const files = shards.map((shard) => readJson(join(shard, 'matrix.json')) as MatrixFile | undefined);
  const nothing = shards.find((_, index) => files[index] === undefined);
  if (nothing !== undefined) return usage(`${nothing} is no shard of a matrix`);
  const odd = values.check.find((text) => !/^[^=]+=.+$/.test(text));
  if (odd !== undefined) return usage(`--check wants NAME=TAP, and ${odd} is none`);
  // An input of a workflow that nobody gave is empty.
  const named = values.good || (values.publish ? await lastGreen() : undefined);
  const good = named === undefined ? undefined : await commitOf(named);
  if (named !== undefined && good === undefined)
    return usage(`${named} is no revision here; in a shallow clone: git fetch --unshallow`);
  const file = (name: string): string => join(values.to, name);
  const forms = ['tap', 'json', 'junit', 'html', 'mail', 'summary', 'annotations', 'kcidb'];
  const ends: Readonly<Record<string, string>> = {
    ...{ junit: 'junit.xml', html: 'index.html', mail: 'mail.md' },
    ...{ summary: 'summary.md', annotations: 'annotations.txt', kcidb: 'kcidb.json' },
    ...{ tap: 'nightly.tap', json: 'nightly.json' },
  };
  // What another night left there is not to be taken for this one's.
  for (const name of [...Object.values(ends), 'issues', 'culprits.json'])
    rmSync(file(name), { recursive: true, force: true });
  mkdirSync(file('issues'), { recursive: true });
  const merged = await kbt(
    'merge',
    ...shards,
    ...forms.flatMap((form) => [`--${form}`, file(ends[form] ?? form)]),
  );
  const data = readJson(file('nightly.json'));
  if (!data || !existsSync(file('summary.md'))) return merged === 0 ? 3 : merged;
  const runs = (Array.isArray(data) ? data : [data]) as readonly AnyResult[];
  const checks = values.check.map((text) => readCheck(text));
  const { revision = '', edited = false } = files[0] ?? {};
  const notes = [...new Set(files.flatMap((one) => one?.notes ?? []))];
  const night: Night = { revision, edited, notes, good };
  const found = regressionsIn(runs);
  const searched: Searched[] = [];
  for (const [index, regression] of found.entries()) {
    const again = againOf(regression);
    const search =
      index < SEARCHES
        ? await searchFor(regression, good, file(`search-${index + 1}.json`))
        : ({ kind: 'none', why: [`${SEARCHES} others were searched for this night`] } as const);
    searched.push({ regression, search, again });
  }
  for (const one of searched)
    writeFileSync(join(file('issues'), `${markOf(one)}.md`), renderIssue(one, night));
  writeFileSync(
    file('culprits.json'),
    `${JSON.stringify(
      searched.map(({ search, ...one }) => ({
        title: titleOf({ search, ...one }),
        key: one.regression.key,
        search: search.kind === 'value' ? search.value : search,
      })),
      null,
      2,
    )}\n`,
  );
  const summary = `${renderNight(searched, night, checks, merged)}\n${readFileSync(file('summary.md'), 'utf8')}`;
  writeFileSync(file('summary.md'), summary);
  const told = process.env['GITHUB_STEP_SUMMARY'];
  if (told) appendFileSync(told, summary);
  // GitHub reads annotations from what a step prints; here it takes commands again by now.
  if (process.env['GITHUB_ACTIONS'])
    process.stderr.write(readFileSync(file('annotations.txt'), 'utf8'));
  let unpublished = 0;
  if (values.publish)
    for (const one of searched) {
      const why = await publish(one, file('issues'));
      if (why === undefined) continue;
      unpublished = 3;
      process.stderr.write(`kbt: no issue for ${titleOf(one)}: ${why}\n`);
    }
  process.stderr.write(`\nsee ${values.to}/index.html, ${values.to}/summary.md\n`);
  return gravest([merged, unpublished, ...checks.map(({ good: passed }) => (passed ? 0 : 1))]);
};

/** The commit that a revision is; undefined where it is none. */
const commitOf = async (revision: string): Promise<string | undefined> => {
  const asked = await $({ quiet: true, nothrow: true })`git rev-parse --verify --quiet ${`${revision}^{commit}`}`;
  return asked.exitCode === 0 ? asked.stdout.trim() : undefined;
};

const readArguments = () => {
  try {
    return parseArgs({ args: process.argv.slice(3), options, allowPositionals: true });
  } catch (error) {
    process.exit(usage((error as Error).message));
  }
};

const usage = (what: string): number => {
  process.stderr.write(`kbt: ${what}\n\n${USAGE}`);
  return 64;
};

/** Another job of the night by its TAP: one that is not there, or is cut, has not passed. */
const readCheck = (text: string): { readonly name: string; readonly good: boolean } => {
  const [name = '', file = ''] = text.split('=');
  if (!existsSync(file)) return { name, good: false };
  const parser = new Parser();
  parser.end(readFileSync(file));
  return { name, good: parser.ok && (parser.results?.count ?? 0) > 0 };
};

process.exitCode = await main();

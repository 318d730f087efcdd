// SPDX-License-Identifier: MIT
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderHtml } from '../../../harness/report/html/page.ts';
import type { RunResult } from '../../../harness/run/result/result.ts';
import { HOSTILE, leaf, program, RUN } from '../../support/hostile-run.ts';

const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (file) => existsSync(file),
);
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const page = (result: RunResult): string =>
  [
    ...renderHtml({
      runs: [
        {
          result,
          around: {
            outputOf: () => HOSTILE.join('\n'),
            sourceOf: () => '→ +\tWARN_ON(1);\n </pre><script>alert(1)</script>',
          },
        },
      ],
      failed: [],
      earlier: { runs: [result.programs, result.programs, result.programs], costs: [] },
    }),
  ].join('');

// Where there is no browser: see the optional requirement of ci/requirements.json.
describe.skipIf(BROWSER === undefined)('the page, in a browser', () => {
  // What is skipped makes none, for it would take none away.
  let directory = '';
  let browser: Browser;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'kbt-page-'));
    browser = await chromium.launch({ executablePath: BROWSER ?? '', args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Opens a page; what it asks for, says or shows besides is kept. */
  const open = async (html: string, colorScheme: 'light' | 'dark') => {
    const file = join(directory, 'page.html');
    writeFileSync(file, html);
    const seen: string[] = [];
    const opened = await browser.newPage({ colorScheme });
    opened.on('request', (request) => seen.push(request.url()));
    opened.on('console', (message) => seen.push(message.text()));
    opened.on('pageerror', (error) => seen.push(error.message));
    opened.on('dialog', (dialog) => {
      seen.push(dialog.message());
      void dialog.dismiss();
    });
    await opened.goto(`file://${file}`);
    return { opened, others: () => seen.filter((text) => text !== `file://${file}`) };
  };
  const shown = (opened: Page) => opened.locator('details.program:visible').count();

  test.for(['light', 'dark'] as const)('is fit for all readers, and alone, %s', async (scheme) => {
    const { opened, others } = await open(page(RUN), scheme);
    const found: unknown = await opened.evaluate(
      `${AXE}; axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))`,
    );
    expect(found).toEqual([]);
    expect(others()).toEqual([]);
    expect(await opened.locator('script').count()).toBe(1);
    expect(await opened.title()).toBe(
      '1 of 6 programs passed, 1 skipped, 4 did not, 1 kernel reports outside any program',
    );
    await opened.close();
  });

  test('is searched by the keyboard, down to the results of a program', async () => {
    const { opened } = await open(page(RUN), 'light');
    expect(await shown(opened)).toBe(RUN.programs.length);
    await opened.keyboard.press('Tab');
    await opened.locator('#words').focus();
    await opened.keyboard.type('::ERROR file');
    expect(await opened.locator('#found').textContent()).toBe('1 of 6 programs');
    expect(await opened.locator('details.program:visible li:visible').count()).toBeGreaterThan(0);
    await opened.locator('#words').fill('');
    await opened.locator('#which').selectOption('skip');
    expect(await shown(opened)).toBe(1);
    await opened.close();
  });

  test('holds ten thousand results', async () => {
    const results = Array.from({ length: 10_000 }, (_, n) => leaf(`number ${n}`, n !== 7777));
    const many = { ...RUN, programs: [program('many', { outcome: 'fail', results })] };
    const { opened, others } = await open(page(many), 'light');
    await opened.locator('#words').fill('number 7777');
    const visible: unknown = await opened.evaluate(
      "[...document.querySelectorAll('li')].filter((one) => one.checkVisibility()).map((one) => one.textContent)",
    );
    expect(visible).toEqual(['not ok number 7777']);
    expect(others()).toEqual([]);
    await opened.close();
  });
});

// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/**
 * What a file of tests runs writes its results here, in whatever way it is started: those of
 * the project are a person's.
 */
const results = await mkdtemp(join(tmpdir(), 'kbt-results-'));
process.env['KBT_RESULTS'] = results;
afterAll(() => rm(results, { recursive: true, force: true }));

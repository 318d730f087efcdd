// SPDX-License-Identifier: MIT
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/**
 * What a file of tests runs writes its results here, in whatever way it is started: those of
 * the project are a person's. The first run makes it, for a file that runs none takes none away.
 */
const results = join(tmpdir(), `kbt-results-${randomUUID()}`);
process.env['KBT_RESULTS'] = results;
afterAll(() => rm(results, { recursive: true, force: true }));

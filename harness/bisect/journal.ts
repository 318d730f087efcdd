// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fingerprint } from '../base/fingerprint.ts';
import type { ReadOnly } from '../base/read-only.ts';
import { ok, type Result } from '../base/result.ts';
import { STACK_LINE } from '../run/program/explain.ts';
import { ANSWER } from './question/answer.ts';

const schema = z.strictObject({
  ...ANSWER.shape,
  /** Of a suspect, or of an end. */
  id: z.string(),
  label: z.string(),
  /** Digest of its kernel; none where there is none. */
  bytes: z.exactOptional(z.string()),
  /** Where in the source it failed, where a kernel report tells. */
  stack: z.exactOptional(z.array(STACK_LINE)),
});

/** The answer of one state, as the journal keeps it. */
export type Entry = ReadOnly<z.infer<typeof schema>>;

/**
 * The answers of a bisection that is not over, one per line. The same command goes on where
 * the last one was interrupted or killed. The file is removed once there is a verdict.
 */
export class Journal {
  readonly file: string;

  /** `asked` is all that makes two bisections the same. */
  constructor(cache: string, asked: Readonly<Record<string, unknown>>) {
    this.file = join(cache, 'bisects', `${fingerprint(asked).slice(0, 16)}.jsonl`);
  }

  /** The lock that one at a time holds. */
  get lock(): string {
    return this.file.replace(/jsonl$/, 'lock');
  }

  /** The known answers. A last line that a kill cut off is dropped. */
  async read(): Promise<readonly Entry[]> {
    if (!existsSync(this.file)) return [];
    const lines = (await readFile(this.file, 'utf8')).split('\n');
    // What follows the last newline was not written to its end.
    const whole = lines.slice(0, -1);
    if (lines.at(-1) !== '') await writeFile(this.file, whole.map((line) => `${line}\n`).join(''));
    // What another version wrote, and this one does not know, is asked again.
    return whole.flatMap((line) => schema.safeParse(JSON.parse(line)).data ?? []);
  }

  async add(entry: Entry): Promise<Result<void>> {
    await mkdir(join(this.file, '..'), { recursive: true });
    await appendFile(this.file, `${JSON.stringify(entry)}\n`);
    return ok(undefined);
  }

  forget(): Promise<void> {
    return rm(this.file, { force: true });
  }
}

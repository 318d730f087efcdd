// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ROOT } from '../../support/kbt.ts';

const HOME = join(ROOT, 'guest', 'models', 'llamux');
const intent = z.strictObject({
  command: z.string(),
  reads: z.boolean(),
  about: z.string(),
  equal: z.array(z.string()).optional(),
});
const intents = z.record(z.string(), intent);
const request = z.strictObject({
  intent: z.string().nullable(),
  text: z.string(),
  command: z.string().nullable(),
});

const read = (name: string) => readFile(join(HOME, name), 'utf8');
const isArgument = (word: string): boolean => /^[A-Z]+$/.test(word);
const bare = (word: string): string => word.replace(/[.,?!;:)]+$/, '');

test('the requests that nobody trains with are of the intents, and say what their commands do', async () => {
  const known = intents.parse(parse(await read('intents.yaml')));
  const lines = (await read('held-out.jsonl')).trimEnd().split('\n');
  const requests = lines.map((line) => request.parse(JSON.parse(line)));
  expect(new Set(requests.map(({ text }) => text.toLowerCase())).size).toBe(requests.length);
  expect(requests.filter((one) => one.intent === null).length).toBeGreaterThanOrEqual(60);
  expect(requests.filter((one) => one.intent === null && one.command !== null)).toEqual([]);
  for (const [name, { command }] of Object.entries(known)) {
    const own = requests.filter((one) => one.intent === name);
    expect(own.length, name).toBeGreaterThanOrEqual(5);
    const template = command.split(' ');
    for (const { text, command: wanted } of own) {
      const words = (wanted ?? '').split(' ');
      const said = text.split(' ').flatMap((word) => [word, bare(word)]);
      expect(words.length, text).toBe(template.length);
      for (const [i, word] of template.entries())
        expect(isArgument(word) ? said : [word], text).toContain(words[i]);
    }
  }
  expect(Object.keys(known).length).toBeGreaterThanOrEqual(60);
});

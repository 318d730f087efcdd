// SPDX-License-Identifier: MIT
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Bisected } from '../../harness/bisect/bisect.ts';
import { kbt, until, type Ran } from '../support/kbt.ts';
import { test, type Fake } from '../support/fake.ts';
import { parseTap } from '../support/tap.ts';
import { readTold } from '../support/told.ts';

/** What a patch puts into its function, and the patch that takes it out again. */
interface Edit {
  readonly body: string;
  readonly mendedBy?: number;
}

const BREAKS = '\tint here = not_there;\n\n\t(void)here;\n';
const WARNS = '\tint unused;\n';
/** A text that a command finds in the kernel. */
const MARKS = '\tstatic const char *volatile mark = "PLANTED";\n\n\t(void)mark;\n';
const FINDS = '! grep -q PLANTED "$KBT_VMLINUX"';

/** A series whose patch N, from 1, changes the function N of one file: each could be taken out alone. */
const plant = (fake: Fake, count: number, edits: Readonly<Record<number, Edit>>) => {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const bodyAt = (n: number, step: number): string => {
    if (n > step) return '\t/* not in yet */\n';
    const { body = '\t/* in */\n', mendedBy = Infinity } = edits[n] ?? {};
    return step < mendedBy ? body : '\t/* mended */\n';
  };
  const file = (step: number): string =>
    `// SPDX-License-Identifier: GPL-2.0-only\n${numbers
      .map((n) => `int f${n}(void);\n\nint f${n}(void)\n{\n${bodyAt(n, step)}\treturn ${n};\n}\n`)
      .join('\n/* so that no patch\n * has lines of\n * another around it\n */\n\n')}`;
  return fake.series(numbers.map((step) => ({ 'kernel/one.c': file(step) })));
};

const patch = (n: number): string => `000${n}-edit-${n}.patch`;

const bisect = async (
  fake: Fake,
  series: string,
  ...args: readonly string[]
): Promise<Ran & { readonly found: Bisected | undefined }> => {
  const json = join(fake.directory, 'bisect.json');
  const ran = await kbt(
    ['bisect', '--source', fake.tree, '--series-dir', series, '--json', json, ...args],
    fake.env,
  );
  const told = await readTold(json);
  return { ...ran, found: told as Bisected | undefined };
};

const journals = async (fake: Fake): Promise<readonly string[]> =>
  (await readdir(join(fake.env['KBT_CACHE'] ?? '', 'bisects'))).filter((name) =>
    name.endsWith('.jsonl'),
  );

test('a warning is found past patches that do not build, and taking it out cures it', async ({
  fake,
}) => {
  const series = await plant(fake, 8, { 3: { body: BREAKS, mendedBy: 5 }, 6: { body: WARNS } });
  const { code, found, stdout, stderr } = await bisect(fake, series, '--warning');
  expect(found, stderr).toMatchObject({
    suspects: [patch(6)],
    confidence: 1,
    cure: { verdict: 'cured' },
  });
  expect(found?.why).toContain("unused variable 'unused'");
  const skipped = found?.steps.filter((step) => step.verdict === 'skip') ?? [];
  expect(skipped.every((step) => step.why.includes('not_there'))).toBe(true);
  expect(code).toBe(0);
  const { points, faults } = parseTap(stdout);
  expect(faults).toEqual([]);
  expect(points.map((p) => p.ok)).toEqual([true, true, true, true]);
  expect(await journals(fake)).toEqual([]);
});

test('a build that breaks is told from one that breaks otherwise', async ({ fake }) => {
  const series = await plant(fake, 6, {
    2: { body: '\tother_thing++;\n', mendedBy: 3 },
    4: { body: BREAKS },
  });
  const { code, found } = await bisect(fake, series);
  expect(found).toMatchObject({ question: 'does it fail to build?', suspects: [patch(4)] });
  expect(found?.why).toContain('not_there');
  expect(code).toBe(0);
});

test('what cannot be told apart is named, and is no success', async ({ fake }) => {
  const series = await plant(fake, 6, { 3: { body: BREAKS, mendedBy: 5 }, 4: { body: MARKS } });
  const { code, found, stdout } = await bisect(fake, series, '--run', FINDS);
  // 5 builds again, and has what 4 brought: the culprit is 3, 4 or 5.
  expect(found?.suspects).toEqual([patch(3), patch(4), patch(5)]);
  expect(found?.cure).toBeUndefined();
  expect(code).toBe(1);
  expect(parseTap(stdout).points.map((p) => p.ok)).toEqual([true, true, false]);
});

test('a culprit that others stand on is not taken out, and that is said', async ({ fake }) => {
  const text = (body: string): string =>
    `// SPDX-License-Identifier: GPL-2.0-only\nint one(void);\n\nint one(void)\n{\n${body}\treturn 1;\n}\n`;
  const series = await fake.series([
    { 'kernel/one.c': text(MARKS) },
    { 'kernel/one.c': text(`${MARKS}\t/* and more */\n`) },
  ]);
  const { code, found } = await bisect(fake, series, '--run', FINDS);
  expect(found).toMatchObject({
    suspects: [patch(1)],
    cure: { verdict: 'unknown' },
  });
  expect(found?.cure?.why).toContain('0002-edit-2.patch does not apply');
  expect(code).toBe(0);
});

test.for([
  [['--run', 'true'], 'the bad end does not fail'],
  [['--run', 'false'], 'the good end fails as well'],
  [['--run', 'exit 125'], 'the bad end does not answer'],
  [['--good', '4', '--bad', '2'], 'there is no patch after 4 and up to 2'],
  [['--good', '0009'], 'no single patch is called 0009'],
  [['--good', '17'], 'no single patch is called 17'],
  [['--run', 'true', '--build'], 'two things are asked for at once'],
  [['--test', 'nobody'], 'there is no program nobody'],
  [['--report', 'xyz'], 'xyz is no fingerprint'],
  [['--good-config', '/dev/null'], 'one configuration alone'],
] as const)('%o ends with 64 and the words "%s"', async ([args, words], { fake }) => {
  const series = await plant(fake, 4, { 3: { body: MARKS } });
  const { code, stdout, stderr } = await bisect(fake, series, ...args);
  expect(stderr).toContain(words);
  expect(stderr).toMatch(/^ {2}do: /m);
  expect(code).toBe(64);
  expect(stdout).toBe('');
});

test('a command that cannot be run ends the search, and no answer is made of it', async ({
  fake,
}) => {
  const series = await plant(fake, 4, { 3: { body: MARKS } });
  const { code, stderr } = await bisect(fake, series, '--run', 'no-such-command-anywhere');
  expect(stderr).toContain('the command ends with status 127');
  expect(code).toBe(3);
});

test('killed in the middle, it goes on where it was when asked again', async ({ fake }) => {
  const series = await plant(fake, 8, { 6: { body: MARKS } });
  const log = join(fake.directory, 'asked');
  const kill = join(fake.directory, 'kill');
  // The third time it is asked it kills the harness, once.
  const command = `echo "$KBT_LABEL" >> ${log}; [ $(wc -l < ${log}) != 3 ] || [ -e ${kill} ] || { touch ${kill}; kill -KILL $(ps -o ppid= -p $$); exit 1; }; ${FINDS}`;
  const first = await bisect(fake, series, '--run', command);
  expect(first.found).toBeUndefined();
  expect(await journals(fake)).toHaveLength(1);
  const before = (await readFile(log, 'utf8')).split('\n').filter(Boolean);
  expect(before).toHaveLength(3);
  const { code, found, stderr } = await bisect(fake, series, '--run', command);
  expect(stderr).toContain('2 answers are known');
  expect(found).toMatchObject({ suspects: [patch(6)], cure: { verdict: 'cured' } });
  expect(found?.steps.filter((s) => s.known === 'journal')).toHaveLength(2);
  expect(code).toBe(0);
  // Both ends and what is left, each once: what was known was not asked again.
  const labels = (await readFile(log, 'utf8')).split('\n').filter(Boolean);
  expect(labels.filter((label) => label === before[0])).toHaveLength(1);
  expect(await journals(fake)).toEqual([]);
});

test('the same search twice at once: the second is refused, the first goes on', async ({
  fake,
}) => {
  const series = await plant(fake, 2, { 2: { body: MARKS } });
  const begun = join(fake.directory, 'begun');
  const go = join(fake.directory, 'go');
  const command = `touch ${begun}; while ! [ -e ${go} ]; do sleep 0.05; done; ${FINDS}`;
  const first = bisect(fake, series, '--run', command);
  await until(async () => (await readdir(fake.directory)).includes('begun'));
  const second = await kbt(
    ['bisect', '--source', fake.tree, '--series-dir', series, '--run', command],
    fake.env,
  );
  expect(second.stderr).toContain('the same bisection is running already');
  expect(second.code).toBe(64);
  await writeFile(go, '');
  expect((await first).found).toMatchObject({ suspects: [patch(2)] });
});

test('of two configurations the line is found that breaks it', async ({ fake }) => {
  const series = await plant(fake, 1, {});
  const good = join(fake.directory, 'good.config');
  const bad = join(fake.directory, 'bad.config');
  await writeFile(good, 'CONFIG_A=y\nCONFIG_B=y\n');
  await writeFile(bad, 'CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=y\nCONFIG_D=y\nCONFIG_E=y\n');
  const ends = ['--good-config', good, '--bad-config', bad];
  const { code, found, stderr } = await bisect(
    fake,
    series,
    ...ends,
    '--run',
    '! grep -q CONFIG_D=y "$KBT_CONFIG"',
  );
  expect(found, stderr).toMatchObject({
    suspects: ['CONFIG_D=y'],
    cure: { verdict: 'cured' },
  });
  expect(code).toBe(0);
});

test('a VM that somebody kills is tried again, and is never the kernel’s fault', async ({
  fake,
}) => {
  const series = await plant(fake, 2, {});
  const env = { ...fake, env: { ...fake.env, KBT_FAKE_QEMU: 'killed' } };
  const { code, found, stderr } = await bisect(env, series, '--boot');
  expect(stderr.match(/: trying again/g)).toHaveLength(2);
  expect(stderr).toContain('QEMU was killed from outside');
  expect(found).toBeUndefined();
  expect(code).toBe(3);
});

test('a kernel that never boots is at fault on both ends', async ({ fake }) => {
  const series = await plant(fake, 2, {});
  const { code, stderr } = await bisect(fake, series, '--boot');
  expect(stderr).toContain('the good end fails as well');
  expect(stderr).toContain('Kernel panic - not syncing: planted');
  expect(code).toBe(64);
});

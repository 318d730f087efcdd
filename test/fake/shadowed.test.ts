// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { kbt } from '../support/kbt.ts';
import { test, type Fake } from '../support/fake.ts';

const USES = `// SPDX-License-Identifier: GPL-2.0-only
#include <linux/limit.h>
int one(void);

int one(void)
{
\treturn LIMIT;
}
`;
const SHADOWS = '/* SPDX-License-Identifier: GPL-2.0 */\n#define LIMIT 22\n';

/** Digests of the kernels in a cache. */
const kernels = async (cache: string): Promise<ReadonlySet<string>> => {
  const names = await readdir(join(cache, 'kernels'));
  const images = await Promise.all(
    names.map((name) => readFile(join(cache, 'kernels', name, 'bzImage'))),
  );
  return new Set(images.map((image) => createHash('sha256').update(image).digest('hex')));
};

const run = (fake: Fake, directory: string, cache: string, ...more: readonly string[]) =>
  kbt([...fake.args, '--series-dir', directory, ...more], { ...fake.env, KBT_CACHE: cache });

const ASKS = `// SPDX-License-Identifier: GPL-2.0-only
#if __has_include(<linux/found.h>)
int found = 1;
#else
int found = 2;
#endif
`;

test.for([
  ['make keeps no object', 'comes to stand before another', 'series', USES, 'limit.h'],
  ['ccache gives no object', 'comes to stand before another', 'other', USES, 'limit.h'],
  ['make keeps no object', 'is asked for by __has_include', 'series', ASKS, 'found.h'],
  ['ccache gives no object', 'is asked for by __has_include', 'other', ASKS, 'found.h'],
] as const)(
  '%s that was compiled before there was a header that %s',
  async ([, , name, source, header], { fake }) => {
    const series = await fake.series([
      { 'kernel/one.c': source },
      { [`include/linux/${header}`]: SHADOWS },
    ]);
    const directory = join(fake.directory, 'more', name);
    await cp(series, directory, { recursive: true });
    const [used, fresh] = [join(fake.directory, 'used'), join(fake.directory, 'fresh')];
    // In the same directories as the first patch alone, or in others that only ccache links.
    expect((await run(fake, series, used, '--patches', '1')).code).toBe(1);
    expect((await run(fake, directory, used)).code).toBe(1);
    expect((await run(fake, directory, fresh)).code).toBe(1);
    const [right] = await kernels(fresh);
    expect([...(await kernels(used))]).toContain(right);
  },
);

// SPDX-License-Identifier: MIT
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Invocation } from '../invocation.ts';
import { CONFIG } from '../settings/config.ts';
import { joined } from '../settings/set-options.ts';
import { settingsFiles } from '../settings/settings.ts';

/** Prints what is set once, and where; or what can be. */
export const configCommand = (
  options: { readonly schema: boolean },
  { files, env }: Invocation,
): number => {
  if (options.schema) {
    const schema = z.toJSONSchema(CONFIG, { io: 'input' });
    process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
    return 0;
  }
  for (const file of settingsFiles(env)) process.stdout.write(`# ${file}\n`);
  process.stdout.write(stringify(joined(files)));
  return 0;
};

// SPDX-License-Identifier: MIT
import { stringify } from 'yaml';
import { z } from 'zod';
import { exitCodeOf } from '../../base/result.ts';
import { renderFailure } from '../../report/terminal/failure.ts';
import { CONFIG } from '../settings/config.ts';
import { settings, settingsFiles } from '../settings/settings.ts';

/** Prints what is set once, and where; or what can be. */
export const configCommand = async (options: { readonly schema: boolean }): Promise<number> => {
  if (options.schema) {
    const schema = z.toJSONSchema(CONFIG, { io: 'input' });
    process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
    return 0;
  }
  for (const file of settingsFiles(process.env)) process.stdout.write(`# ${file}\n`);
  const files = await settings(process.env);
  if (!files.ok) {
    process.stderr.write(`${renderFailure(files.failure)}\n`);
    return exitCodeOf(files.failure.kind);
  }
  process.stdout.write(stringify(Object.assign({}, ...files.value.toReversed())));
  return 0;
};

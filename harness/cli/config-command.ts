// SPDX-License-Identifier: MIT
import { stringify } from 'yaml';
import { z } from 'zod';
import { exitCodeOf } from '../base/result.ts';
import { renderFailure } from '../report/failure.ts';
import { configFiles } from './apply-config.ts';
import { CONFIG, readConfig } from './config.ts';

/** Prints what is set once, and where; or what can be. */
export const configCommand = async (options: { readonly schema: boolean }): Promise<number> => {
  if (options.schema) {
    const schema = z.toJSONSchema(CONFIG, { io: 'input' });
    process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
    return 0;
  }
  const files = configFiles(process.env);
  for (const file of files) process.stdout.write(`# ${file}\n`);
  const config = await readConfig(files);
  if (!config.ok) {
    process.stderr.write(`${renderFailure(config.failure)}\n`);
    return exitCodeOf(config.failure.kind);
  }
  process.stdout.write(stringify(config.value));
  return 0;
};

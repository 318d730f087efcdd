// SPDX-License-Identifier: MIT
import { publicKeyText, readPrivateKey } from '../../base/remote/settings.ts';
import { fail, ok } from '../../base/result.ts';
import { pushKernels, type Pushed } from '../../kernel/remote/push-kernels.ts';
import { attempt } from '../attempt.ts';
import type { Invocation } from '../invocation.ts';

/** Sends kernels of the cache to the remote store; a line on stdout for each, and for who signs. */
export const cachePushCommand = async (
  kernels: readonly string[],
  invocation: Invocation,
): Promise<number> => {
  const { result, exitCode, refuse } = await attempt(invocation, async (context) => {
    const { remote, env } = context;
    const file = env['KBT_REMOTE_KEY'] ?? '';
    if (!remote) return fail('usage', 'KBT_REMOTE names no store to push to');
    if (file === '')
      return fail('usage', 'KBT_REMOTE_KEY names no file with the key that signs', {
        remedy: 'openssl genpkey -algorithm ed25519 -out FILE makes one',
      });
    const key = await readPrivateKey(file);
    if (!key.ok) return key;
    const pushed = await pushKernels(context, { remote, key: key.value }, kernels, say);
    return pushed.ok ? ok(publicKeyText(key.value)) : pushed;
  });
  if (!result.ok) return refuse(result.failure);
  process.stdout.write(`signed by ${result.value}, for KBT_REMOTE_TRUST\n`);
  return exitCode(0);
};

const HOW: Readonly<Record<Pushed['how'], string>> = {
  pushed: 'pushed',
  there: 'there already',
  left: 'left here: it was built elsewhere, or for coverage',
};

const say = ({ key, release, how, bytes }: Pushed): void => {
  const sent = how === 'pushed' ? `, ${(bytes / 2 ** 20).toFixed(1)} MiB` : '';
  const name = [key.slice(0, 12), release].filter((word) => word !== '').join(' ');
  process.stdout.write(`${name}: ${HOW[how]}${sent}\n`);
};

// SPDX-License-Identifier: MIT
import { exitCodeOf } from '../../base/result.ts';
import { renderFailure } from '../../report/terminal/failure.ts';
import { openView } from '../../report/terminal/terminal.ts';
import { describe } from '../../source/acquire.ts';
import { readPin } from '../../source/pin.ts';
import { movePin, offers } from '../../source/move-pin.ts';
import type { Invocation } from '../invocation.ts';
import { openSession } from '../session.ts';

export const pinCommand = async (
  options: { readonly update: boolean },
  { env, volume }: Invocation,
): Promise<number> => {
  const view = openView(process.stderr, volume, false);
  const { context, exitCode } = openSession(env, view.emit);
  const pin = await readPin(context);
  if (!pin.ok) {
    process.stderr.write(`${renderFailure(pin.failure)}\n`);
    return exitCodeOf(pin.failure.kind);
  }
  if (options.update) {
    const moved = await movePin(context, pin.value);
    await view.close();
    if (!moved.ok) {
      process.stderr.write(`${renderFailure(moved.failure)}\n`);
      return exitCode(exitCodeOf(moved.failure.kind));
    }
    process.stdout.write(`pinned: ${describe(moved.value)}, sha256 ${moved.value.digest}\n`);
    return exitCode(0);
  }
  const { version, debian } = pin.value;
  const lines = [
    `pinned      ${version}`,
    `kernel.org  ${pin.value['kernel.org'].sha256 ?? 'no digest recorded: unverified when taken from there'}`,
    ...Object.entries(debian.versions).map(([name, sum]) => `debian      ${name} ${sum}`),
    ...(await offers(context, pin.value)).map((name) => `on offer    ${debian.package} ${name}`),
  ];
  await view.close();
  process.stdout.write(`${lines.join('\n')}\n`);
  return exitCode(0);
};

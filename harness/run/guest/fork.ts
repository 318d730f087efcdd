// SPDX-License-Identifier: MIT
import { access, constants, copyFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { within } from '../../base/deadline.ts';
import { interrupted, type Context } from '../../base/context.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { startVm, working } from '../../vm/vm.ts';
import type { BootOptions } from './boot.ts';
import { connect, settle, type Booted } from './connect.ts';
import { isWhole, type Snapshot } from './snapshot.ts';

/** What the kernel logs when VMGENID has told it that it is a copy (drivers/char/random.c). */
const RESEEDED = 'crng reseeded due to virtual machine fork';

/** A fork answers at once or never. */
const FORK_S = 10;

/**
 * Goes on from a saved state. Fails for any reason that kept it from a working
 * connection, a whole state and a random state of its own: then boot instead.
 */
export const fork = async (
  context: Context,
  { machine, image, consoleFile, observer }: BootOptions,
  snapshot: Snapshot,
): Promise<Result<Booted>> => {
  const began = performance.now();
  const readable = await access(snapshot.state, constants.R_OK).then(
    () => true,
    () => false,
  );
  if (!readable)
    return fail('environment', 'the saved state cannot be read', { code: 'state-unreadable' });
  await copyFile(snapshot.console, consoleFile).catch(() => undefined);
  // Known before the guest is, as a rule: nothing waits for one that cannot come up.
  const [whole, started] = await Promise.all([
    isWhole(snapshot),
    startVm(context, machine, consoleFile, { state: snapshot.state, autopsy: observer?.last }),
  ]);
  if (!started.ok) return started;
  const vm = started.value;
  return working(vm, async () => {
    if (!whole) {
      await vm.destroy();
      return context.signal.aborted
        ? interrupted()
        : fail('environment', 'the saved state is not what was written', { code: 'state-damaged' });
    }
    const giveUp = within(FORK_S * 1000, vm.gone);
    // Dropbear takes its random numbers from the kernel when a connection comes: not before.
    const reseeded = await vm.console.waitFor(RESEEDED, FORK_S * 1000, giveUp);
    const up = reseeded
      ? await connect(vm, image, giveUp)
      : fail('environment', 'the kernel did not reseed its random state', { code: 'not-reseeded' });
    if (up.ok) return ok(settle(vm, up.value, began));
    await vm.destroy();
    return context.signal.aborted ? interrupted() : up;
  });
};

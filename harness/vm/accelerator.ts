// SPDX-License-Identifier: MIT
import { access, constants } from 'node:fs/promises';
import { run } from '../base/process.ts';
import { fail, ok, type Result } from '../base/result.ts';

export type Accelerator = 'kvm' | 'tcg';

/** The accelerator that is used, and why that one. */
export interface ChosenAccelerator {
  readonly accelerator: Accelerator;
  readonly note: string;
}

/** KVM where it can be used, otherwise TCG with the reason. Fails with `environment` when kvm was demanded. */
export const chooseAccelerator = async (
  asked: 'auto' | Accelerator,
): Promise<Result<ChosenAccelerator>> => {
  if (asked === 'tcg') return ok({ accelerator: 'tcg', note: 'TCG, as asked' });
  const why = await kvmRefusal();
  if (why === undefined) return ok({ accelerator: 'kvm', note: 'KVM' });
  if (asked === 'kvm')
    return fail('environment', `KVM cannot be used: ${why}`, {
      remedy: 'load kvm_intel or kvm_amd and join the group kvm, or run with --accel tcg',
    });
  return ok({ accelerator: 'tcg', note: `TCG, several times slower than KVM: ${why}` });
};

/** SeaBIOS says its name within a fraction of a second wherever a guest runs at all. */
const PROBE_S = 3;

/**
 * Why KVM cannot be used here; undefined when it can. That /dev/kvm opens says
 * little: inside another hypervisor QEMU may abort when it makes a processor,
 * or the guest never runs. So a guest's firmware must have spoken.
 */
const kvmRefusal = async (): Promise<string | undefined> => {
  const code = await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => undefined,
    (error: unknown) => (error as NodeJS.ErrnoException).code ?? 'unknown',
  );
  if (code !== undefined) return code === 'ENOENT' ? 'there is no /dev/kvm' : `/dev/kvm: ${code}`;
  const spoken = new AbortController();
  const firmware = { spoke: false };
  const probe = await run({
    argv: [
      'qemu-system-x86_64',
      '-no-user-config',
      '-nodefaults',
      '-display',
      'none',
      '-accel',
      'kvm',
      '-cpu',
      'host',
      '-m',
      '16',
      '-debugcon',
      'stdio',
    ],
    timeout: PROBE_S,
    signal: spoken.signal,
    onLine: (line, stream) => {
      if (stream !== 'stdout' || !line.includes('SeaBIOS')) return;
      firmware.spoke = true;
      spoken.abort();
    },
  });
  if (firmware.spoke) return undefined;
  if (probe.missing) return 'qemu-system-x86_64 is missing';
  return probe.timedOut
    ? 'a guest under KVM does not run here'
    : `QEMU: ${probe.tail.at(-1) ?? 'no reason given'}`;
};

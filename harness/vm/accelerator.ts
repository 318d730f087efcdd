// SPDX-License-Identifier: MIT
import { mkdir, open, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ARCH } from '../arch/host.ts';
import { run } from '../base/process/process.ts';
import { fail, ok, type Result } from '../base/result.ts';

export type Accelerator = 'kvm' | 'tcg';

/** The accelerator that is used, and why that one. */
export interface ChosenAccelerator {
  readonly accelerator: Accelerator;
  readonly note: string;
}

/** Where KVM is looked for, and what is remembered of it. */
export interface KvmPlaces {
  readonly device?: string;
  /** Without it QEMU is asked anew. */
  readonly cache?: string;
}

/**
 * KVM where it can be used, otherwise TCG with the reason. Fails with `environment` when kvm was
 * demanded, which is always tried anew.
 */
export const chooseAccelerator = async (
  asked: 'auto' | Accelerator,
  { device = '/dev/kvm', cache }: KvmPlaces = {},
): Promise<Result<ChosenAccelerator>> => {
  if (asked === 'tcg') return ok({ accelerator: 'tcg', note: 'TCG, as asked' });
  const refusal =
    (await refusalOfDevice(device)) ??
    (cache === undefined || asked === 'kvm'
      ? await refusalOfQemu()
      : await refusalOfQemuOrBefore(join(cache, 'kvm-is-silent')));
  if (refusal === undefined) return ok({ accelerator: 'kvm', note: 'KVM' });
  const { why, said = [], remedy } = refusal;
  if (asked === 'kvm')
    return fail('environment', `KVM cannot be used: ${why}`, {
      code: 'accelerator-unavailable',
      detail: said.join('\n'),
      remedy,
    });
  const reason = [why, ...said.slice(-1)].join(': ');
  return ok({ accelerator: 'tcg', note: `TCG, several times slower than KVM: ${reason}` });
};

/** Why KVM cannot be used here, and what helps against that very reason. */
interface Refusal {
  readonly why: string;
  /** It took all of {@link PROBE_S} to find out. */
  readonly isSlow?: true;
  /** QEMU's last words. */
  readonly said?: readonly string[];
  readonly remedy: string;
}

const TCG = 'run with --accel tcg';
const NESTED = 'a virtual machine has KVM only where its host allows nested virtualisation';
const LOAD = `load ${ARCH.qemu.kvmModules}, or ${TCG}; ${NESTED}`;

/** Undefined when the device opens. Its mode alone says little: a container may refuse it all the same. */
const refusalOfDevice = async (device: string): Promise<Refusal | undefined> => {
  try {
    await (await open(device, 'r+')).close();
    return undefined;
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    switch (code) {
      case 'ENOENT':
        return { why: `there is no ${device}`, remedy: LOAD };
      case 'ENODEV':
      case 'ENXIO':
        return { why: `no module of the kernel is behind ${device} (${code})`, remedy: LOAD };
      case 'EACCES':
      case 'EPERM':
        return {
          why: `you may not open ${device} (${code})`,
          remedy: `join the group that owns it, mostly kvm, or ${TCG}; a container must be given the device`,
        };
      default:
        return { why: `${device} does not open (${code})`, remedy: `look at ${device}, or ${TCG}` };
    }
  }
};

/** A firmware says its name within a fraction of a second wherever a guest runs at all. */
const PROBE_S = 3;
/** An error about a register, the assertion after it. */
const LAST_WORDS = 3;

const SILENT = {
  why: 'a guest under it does not run here',
  isSlow: true,
  remedy: `${TCG}; ${NESTED}`,
} as const;

/** For so long a guest that does not run is believed not to; under much load one is slow to. */
const BELIEVED_MS = 15 * 60 * 1000;

/** The same, where that was not found out a few minutes ago: a file of this name tells it. */
const refusalOfQemuOrBefore = async (file: string): Promise<Refusal | undefined> => {
  const said = await stat(file).catch(() => undefined);
  if (said && Math.abs(Date.now() - said.mtimeMs) < BELIEVED_MS) return SILENT;
  const refusal = await refusalOfQemu();
  if (refusal?.isSlow)
    await mkdir(dirname(file), { recursive: true })
      .then(() => writeFile(file, ''))
      .catch(() => undefined);
  return refusal;
};

/**
 * Why KVM does not work although its device opens; undefined where it works. Inside another
 * hypervisor QEMU may abort when it makes a processor, or the guest never runs: so a guest's
 * firmware must print its name.
 */
const refusalOfQemu = async (): Promise<Refusal | undefined> => {
  const spoken = new AbortController();
  const firmware = { spoke: false };
  const probe = await run({
    argv: [
      ARCH.qemu.binary,
      '-no-user-config',
      '-nodefaults',
      '-display',
      'none',
      '-accel',
      'kvm',
      '-cpu',
      'host',
      ...ARCH.qemu.firmware.argv,
    ],
    timeout: PROBE_S,
    signal: spoken.signal,
    onLine: (line, stream) => {
      if (stream !== 'stdout' || !line.includes(ARCH.qemu.firmware.says)) return;
      firmware.spoke = true;
      spoken.abort();
    },
  });
  if (firmware.spoke) return undefined;
  if (probe.missing)
    return { why: `${ARCH.qemu.binary} is missing`, remedy: 'kbt doctor names its package' };
  const said = probe.tail.slice(-LAST_WORDS);
  if (probe.timedOut) return { ...SILENT, said };
  const end = probe.signal ?? `exit ${probe.code ?? 'unknown'}`;
  return {
    why: `/dev/kvm opens, but QEMU fails under KVM (${end})`,
    said,
    remedy: `${TCG}; ${NESTED}`,
  };
};

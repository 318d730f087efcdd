// SPDX-License-Identifier: MIT
import { createServer } from 'node:net';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, vi } from 'vitest';
import { chooseAccelerator } from '../../harness/vm/accelerator.ts';
import { test, type Fake } from '../support/fake.ts';

afterEach(() => void vi.unstubAllEnvs());

/** What comes of asking for KVM, and of leaving it open, with a device of the test's. */
const choose = async ({ env }: Fake, device: string, play = '') => {
  vi.stubEnv('PATH', env['PATH'] ?? '');
  vi.stubEnv('KBT_FAKE_QEMU', play);
  const [demanded, auto] = await Promise.all([
    chooseAccelerator('kvm', { device }),
    chooseAccelerator('auto', { device }),
  ]);
  if (demanded.ok || !auto.ok) throw new Error(`${device} is taken for KVM`);
  expect(demanded.failure).toMatchObject({ kind: 'environment' });
  expect(demanded.failure.remedy).toContain('--accel tcg');
  return { ...demanded.failure, note: auto.value.note };
};

/** A path that does not open, the reason that is given, the remedy, and one that would be another's. */
const CLOSED: readonly (readonly [string, string, RegExp, RegExp])[] = [
  ['missing', 'there is no ', /^load kvm_intel or kvm_amd/, /group/],
  // Nothing listens behind it, as where the module is not loaded.
  ['socket', 'no module of the kernel is behind ', /^load kvm_intel or kvm_amd/, /group/],
  // sysctl lets nobody write it, root neither.
  ['/proc/sys/kernel/ostype', 'you may not open ', /group/, /kvm_intel|nested/],
  ['.', ' does not open (EISDIR)', /^look at /, /group|kvm_intel|nested/],
];

test.for(CLOSED)('KVM by %s is refused: %s', async ([name, why, remedy, foreign], { fake }) => {
  const device = name.startsWith('/') ? name : join(fake.directory, name);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(fake.directory, 'socket'), resolve));
  const refused = await choose(fake, device);
  server.close();
  expect(refused.what).toContain(why);
  expect(refused.note).toContain(why);
  expect(refused.remedy).toMatch(remedy);
  expect(refused.remedy).not.toMatch(foreign);
});

test.for([
  ['no-msrs', 'QEMU fails under KVM (SIGABRT)', /failed to set MSR 0x345.*\n.*Assertion/],
  ['no-guest', 'a guest under it does not run here', /^$/],
] as const)(
  'KVM that opens, with %s, is refused with the words of QEMU',
  async ([play, why, said], { fake }) => {
    const device = join(fake.directory, 'kvm');
    await writeFile(device, '');
    const refused = await choose(fake, device, play);
    expect(refused.what).toContain(why);
    expect(refused.detail).toMatch(said);
    expect(refused.remedy).toMatch(/^run with --accel tcg; .* nested virtualisation$/);
    expect(refused.remedy).not.toMatch(/group|kvm_intel/);
    expect(refused.note).toMatch(/^TCG, several times slower than KVM: /);
    expect(refused.note).toContain(why);
  },
);

test('that no guest runs under KVM is believed for a while, and tried anew after it', async ({
  fake,
}) => {
  const device = join(fake.directory, 'kvm');
  await writeFile(device, '');
  vi.stubEnv('PATH', fake.env['PATH'] ?? '');
  const places = { device, cache: join(fake.directory, 'cache') };
  const choose = async (play: string, asked: 'auto' | 'kvm' = 'auto') => {
    vi.stubEnv('KBT_FAKE_QEMU', play);
    const chosen = await chooseAccelerator(asked, places);
    return chosen.ok ? chosen.value.accelerator : chosen.failure.kind;
  };
  expect(await choose('firmware')).toBe('kvm');
  expect(await choose('no-guest')).toBe('tcg');
  // Where QEMU were asked, it would say yes now; who demands KVM has it asked.
  expect(await choose('firmware')).toBe('tcg');
  expect(await choose('firmware', 'kvm')).toBe('kvm');
  const long = new Date(Date.now() - 60 * 60 * 1000);
  await utimes(join(places.cache, 'kvm-is-silent'), long, long);
  expect(await choose('firmware')).toBe('kvm');
});

// SPDX-License-Identifier: MIT
import { ARCH } from '../arch/host.ts';
import { fail, ok, type Result } from '../base/result.ts';

/**
 * What guest/init/init.c, the SSH server that it starts, and QEMU's machine
 * (harness/vm/machine.ts) cannot do without, and what for; with the menus that
 * hide them, so that these lines alone put into a fragment are enough.
 */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'programs of 64 bits, as root and as nobody': ['64BIT', 'BINFMT_ELF', 'MULTIUSER', 'FUTEX'],
  'the initramfs, which is not compressed': ['BLK_DEV_INITRD'],
  'the serial console': ['PRINTK', 'TTY', ...ARCH.builtIn.console],
  'the file systems that init mounts': ['DEVTMPFS', 'PROC_FS', 'PROC_SYSCTL', 'SYSFS'],
  'the machine and its interrupts': ARCH.builtIn.machine,
  'the network, for SSH': [
    ...['NET', 'INET', 'NETDEVICES', 'NET_CORE'],
    ...['VIRTIO_MENU', 'VIRTIO_PCI', 'VIRTIO_NET'],
  ],
};

/**
 * Looks whether a kernel of this .config comes up in the guest at all. A module
 * counts where it is `loaded` before the network comes up: VIRTIO_NET is virtio_net.
 * Fails with `unbuildable`, naming every option that is missing.
 */
export const checkBoots = (
  config: ReadonlyMap<string, string>,
  loaded: readonly string[] = [],
): Result<void> => {
  const isLoaded = (symbol: string): boolean =>
    config.get(`CONFIG_${symbol}`) === 'm' && loaded.includes(symbol.toLowerCase());
  const lines = Object.entries(NEEDED).flatMap(([why, symbols]) => {
    const missing = symbols
      .filter((symbol) => !isLoaded(symbol))
      .map((symbol) => `CONFIG_${symbol}`)
      .filter((name) => config.get(name) !== 'y');
    const modules = missing.filter((name) => config.get(name) === 'm');
    const note =
      modules.length > 0
        ? ` (${modules.join(', ')}: a module does only with --kernel and --modules)`
        : '';
    return missing.length === 0 ? [] : [`# ${why}${note}`, ...missing.map((name) => `${name}=y`)];
  });
  if (lines.length === 0) return ok(undefined);
  return fail('unbuildable', 'a kernel of this .config does not come up in the guest', {
    code: 'option-lost',
    detail: lines.join('\n'),
    remedy: 'put these lines into it, or into a fragment of a series',
  });
};

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

/** What init.c mounts a root of the user's by, whatever file system is in it. */
const ROOTED = ['BLK_DEV', 'VIRTIO_BLK', 'OVERLAY_FS'];

/** The modules by which a kernel mounts such a root, where they are none of the kernel. */
export const rootModules = (symbols: readonly string[]): readonly string[] =>
  [...ROOTED, ...symbols].map(moduleOf);

/**
 * Looks whether a kernel of this .config mounts a root that needs these options too; modules as
 * for {@link checkBoots}. Fails with `unbuildable`, naming every option that is missing.
 */
export const checkRoots = (
  config: ReadonlyMap<string, string>,
  symbols: readonly string[],
  loaded: readonly string[] = [],
): Result<void> => {
  const missing = [...ROOTED, ...symbols].filter((symbol) => !has(config, loaded, symbol));
  return missing.length === 0
    ? ok(undefined)
    : fail('unbuildable', 'a kernel of this .config does not mount the root file system', {
        code: 'option-lost',
        detail: missing.map((symbol) => `CONFIG_${symbol}=y`).join('\n'),
        remedy: 'put these lines into it: the variant rootfs has them',
      });
};

/** VIRTIO_NET is virtio_net, EXT4_FS is ext4. */
const moduleOf = (symbol: string): string => symbol.toLowerCase().replace(/_fs$/, '');

const has = (
  config: ReadonlyMap<string, string>,
  loaded: readonly string[],
  symbol: string,
): boolean => {
  const value = config.get(`CONFIG_${symbol}`);
  return value === 'y' || (value === 'm' && loaded.includes(moduleOf(symbol)));
};

/**
 * Looks whether a kernel of this .config comes up in the guest at all. A module
 * counts where it is `loaded` before the network comes up.
 * Fails with `unbuildable`, naming every option that is missing.
 */
export const checkBoots = (
  config: ReadonlyMap<string, string>,
  loaded: readonly string[] = [],
): Result<void> => {
  const lines = Object.entries(NEEDED).flatMap(([why, symbols]) => {
    const missing = symbols
      .filter((symbol) => !has(config, loaded, symbol))
      .map((symbol) => `CONFIG_${symbol}`);
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

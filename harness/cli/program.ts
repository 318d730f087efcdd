// SPDX-License-Identifier: MIT
import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { BootTestOptions } from './boot-test.ts';

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value <= 0)
    throw new InvalidArgumentError('a whole number above 0 is wanted.');
  return value;
};

/** A day: no deadline is longer, and timers beyond 24.8 days fire at once. */
const seconds = (text: string): number => {
  const value = positive(text);
  if (value > 86_400) throw new InvalidArgumentError('at most 86400 seconds.');
  return value;
};

const seed = (text: string): number => {
  if (!/^\d{1,9}$/.test(text))
    throw new InvalidArgumentError('a number of up to 9 digits is wanted.');
  return Number(text);
};

/** Names by commas; an unset variable of the shell's must not mean "none". */
const list = (text: string, before: readonly string[] = []): readonly string[] => {
  const names = text.split(',');
  if (names.some((name) => !/^[A-Za-z0-9][\w.-]*$/.test(name)))
    throw new InvalidArgumentError('names by commas are wanted.');
  return [...before, ...names];
};

const variable = (
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> => {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('NAME=VALUE is wanted.');
  return { ...before, [name]: value };
};

const each = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/**
 * The commands of kbt. What a command does is imported only when it runs, so
 * that --help costs nothing.
 */
export const program = (setExitCode: (code: number) => void) => {
  const kbt = new Command('kbt')
    .description('Build, boot and test series of Linux kernel patches in QEMU, and report TAP.')
    .exitOverride()
    .showHelpAfterError('(see kbt --help)')
    .addHelpText(
      'after',
      `
Exit codes:
  0    everything passed
  1    the kernel or a test failed
  2    what was asked for could not be built
  3    the environment: a missing tool, no space, the network
  64   wrong usage
  130  interrupted (143 by SIGTERM)`,
    );

  kbt
    .command('boot-test')
    .description(
      'build the pinned kernel with its series, boot it, run the guest programs; TAP on stdout',
    )
    .option(
      '--series <names>',
      'series below kernel-patches/, in order; "none" for the bare source',
      list,
    )
    .option('--series-dir <dir>', 'a series in a directory of yours (repeatable)', each)
    .option('--test-dir <dir>', 'a directory of guest programs, C or executable (repeatable)', each)
    .option('--tests <glob>', 'only the programs whose names match (repeatable)', each)
    .option('--variant <names>', 'fragments of kernel-patches/variants/', list)
    .option('--source <path>', 'a kernel source of yours, tarball or directory (or KBT_SOURCE)')
    .option('--tree <dir>', 'a git tree of yours as it stands, uncommitted edits included')
    .option('--config <file>', 'begin with this .config (else: tinyconfig and base.config)')
    .option('--kernel <file>', 'build nothing, test this bzImage; --config says how it was built')
    .option('--vmlinux <file>', 'the vmlinux of --kernel, for the lines of stacks')
    .option('--frozen', 'nothing but the pinned, verified source will do', false)
    .option('--allow-warnings', 'a compiler warning in a file of the series is no error', false)
    .addOption(
      new Option('--accel <which>', 'the accelerator')
        .choices(['auto', 'kvm', 'tcg'] as const)
        .default('auto' as const),
    )
    .option('--cpus <n>', 'processors of the guest', positive, 2)
    .option('--memory <mib>', 'memory of the guest (512, or what the variant needs)', positive)
    .option(
      '--timeout <s>',
      'seconds for a program without a deadline of its own (30, more where the variant is slow)',
      seconds,
    )
    .option('--boot-timeout <s>', 'seconds until SSH must answer (120, likewise)', seconds)
    .option('--isolate', 'a fresh VM for every program', false)
    .option('--jobs <n>', 'at most so many VMs at once', positive, 1)
    .option('--repeat <n>', 'run each program so many times; passed and failed is flaky', positive)
    .option('--until-fail', 'repeat until one does not pass (1000 times, or --repeat)', false)
    .option('--shuffle [seed]', 'another order of programs, the same for the same seed', seed)
    .option('--no-fork', 'boot every VM, take none from a saved state')
    .option('--dump', 'write the memory of a guest that hangs to a core file', false)
    .option('--env <name=value>', "set in the programs' environment (repeatable)", variable)
    .option('--append <args>', "more for the kernel's command line", '')
    .option('--tap <file>', 'write the TAP here as well')
    .option('--json <file>', 'write the result here as well')
    .addHelpText(
      'after',
      `
TAP 14 goes to stdout, progress to stderr, everything else to a directory under results/.

A tree or a kernel of yours has no series unless --series names one for the tree;
nothing is written to it. What boots in the guest has an initramfs, a serial
console, devtmpfs, virtio-pci and virtio-net built in, which base.config sees to.`,
    )
    .action(async (options: BootTestOptions) => {
      const { bootTestCommand } = await import('./boot-test.ts');
      setExitCode(await bootTestCommand(options));
    });

  kbt
    .command('check-series')
    .description(
      'check a series patch by patch: applies, checkpatch, W=1, sparse, builds, boots; then as a whole',
    )
    .argument('[name]', 'a series below kernel-patches/ (synos)')
    .option('--series-dir <dir>', 'a series in a directory of yours')
    .option('--source <path>', 'a kernel source of yours, tarball or directory (or KBT_SOURCE)')
    .option('--frozen', 'nothing but the pinned, verified source will do', false)
    .option('--tap <file>', 'write the TAP here as well')
    .option('--json <file>', 'write the result here as well')
    .addHelpText('after', '\nTAP 14 goes to stdout, the table of patches and checks to stderr.')
    .action(async (name, options) => {
      const { checkSeriesCommand } = await import('./check-series.ts');
      setExitCode(await checkSeriesCommand(name, options));
    });

  kbt
    .command('package')
    .description('Debian packages of the patched kernel, tested as they are; TAP on stdout')
    .option('--series <names>', 'series below kernel-patches/, in order (synos)', list)
    .option('--series-dir <dir>', 'a series in a directory of yours (repeatable)', each)
    .option('--config <file>', 'begin with this .config (else: base.config and variants/package)')
    .option('--source <path>', 'a kernel source of yours, tarball or directory (or KBT_SOURCE)')
    .option('--frozen', 'nothing but the pinned, verified source will do', false)
    .addHelpText(
      'after',
      `
linux-image, linux-headers and linux-libc-dev come to lie in a directory under
results/ with a SHA256SUMS, once the kernel in them has booted and passed. A
.config of yours must have what the guest boots by built in: an initramfs, a
serial console, virtio-pci and virtio-net.`,
    )
    .action(async (options) => {
      const { packageCommand } = await import('./package.ts');
      setExitCode(await packageCommand(options));
    });

  kbt
    .command('mutants')
    .description('break the guards of a series one by one: the named test must notice each')
    .argument('[names...]', 'only these mutants of test/mutants/SERIES/')
    .option('--series <name>', 'the series', 'synos')
    .option('--source <path>', 'a kernel source of yours, tarball or directory (or KBT_SOURCE)')
    .option('--frozen', 'nothing but the pinned, verified source will do', false)
    .option('--tap <file>', 'write the TAP here as well')
    .option('--json <file>', 'write the result here as well')
    .action(async (names, options) => {
      const { mutantsCommand } = await import('./mutants.ts');
      setExitCode(await mutantsCommand(names, options));
    });

  kbt
    .command('regenerate')
    .description('write the files that a series copies out of guest/ into its patches')
    .argument('[name]', 'a series below kernel-patches/', 'synos')
    .option('--check', 'write nothing; exit 1 if a patch is stale', false)
    .action(async (name, options) => {
      const { regenerateCommand } = await import('./regenerate.ts');
      setExitCode(await regenerateCommand(name, options));
    });

  kbt
    .command('doctor')
    .description('what is there, what is missing, and the remedy for each')
    .action(async () => {
      const { doctorCommand } = await import('./doctor.ts');
      setExitCode(await doctorCommand());
    });

  kbt
    .command('pin')
    .description('where the pin stands; --update moves it to the newest 6.12.y on offer')
    .option('--update', 'move the pin and record digests', false)
    .action(async (options) => {
      const { pinCommand } = await import('./pin.ts');
      setExitCode(await pinCommand(options));
    });

  kbt
    .command('clean')
    .description('remove the caches and results')
    .action(async () => {
      const { cleanCommand } = await import('./clean.ts');
      setExitCode(await cleanCommand());
    });

  return kbt;
};

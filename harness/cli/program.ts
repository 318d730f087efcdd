// SPDX-License-Identifier: MIT
import { Command } from '@commander-js/extra-typings';
import type { Act } from './invocation.ts';
import { sources } from './arguments.ts';
import type { DryRunOption } from './dry-run.ts';
import type { MatrixOptions } from './matrix.ts';
import { addMeasures } from './measure/measures.ts';
import { withOptions } from './options/declare.ts';
import { testing } from './options/groups.ts';
import {
  ALLOW_WARNINGS,
  CONFIG,
  FROZEN,
  KERNEL,
  MBOX,
  MODULES,
  PATCHES,
  REVISION,
  SERIES,
  SERIES_DIR,
  SOURCE,
  VMLINUX,
} from './options/kernel.ts';
import { JOBS, POLICY, SHARD } from './options/policy.ts';
import {
  foreseeing,
  output,
  rendering,
  type RenderingOptions,
} from './results/rendering-options.ts';
import { addResults } from './results/results.ts';
import { addSearches } from './search/searches.ts';
import { addSeries } from './series/commands.ts';
import { addUpkeep } from './upkeep/upkeep.ts';

/**
 * The commands of kbt. What a command does is imported only when it runs, so
 * that --help costs nothing.
 */
export const program = (act: Act) => {
  const kbt = new Command('kbt')
    .description('Build, boot and test series of Linux kernel patches in QEMU, and report TAP.')
    .option('-q, --quiet', 'of what goes on only warnings')
    .option('-v, --verbose', 'all that make and the guests say')
    .option('--no-install', 'name the command that installs what is missing, and do not run it')
    .option('-V, --version', 'the versions of everything that matters')
    .configureHelp({ showGlobalOptions: true })
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

  kbt.addCommand(
    foreseeing(
      output(
        rendering(
          testing('boot-test', [KERNEL, VMLINUX, MODULES, PATCHES, ALLOW_WARNINGS, ...POLICY]),
        ),
      ),
    )
      .copyInheritedSettings(kbt)
      .description(
        'build the pinned kernel with its series, boot it, run the guest programs; TAP on stdout',
      )
      .addHelpText(
        'after',
        `
TAP 14 goes to stdout, progress to stderr, everything else to a directory under results/.

A tree or a kernel of yours has no series unless --series names one for the tree;
nothing is written to it. What boots in the guest has an initramfs, a serial
console, devtmpfs, virtio-pci and virtio-net built in, which base.config sees to.`,
      )
      .action((options: RenderingOptions & DryRunOption, command) =>
        act(command, async (invocation) => {
          const { bootTestCommand } = await import('./boot-test.ts');
          return bootTestCommand(options, invocation);
        }),
      ),
  );

  kbt.addCommand(
    foreseeing(output(rendering(testing('matrix', [JOBS, SHARD]))))
      .copyInheritedSettings(kbt)
      .description('run the suite of each series on each kernel and machine of the matrix')
      .argument('[rows...]', 'only these rows of kernel-patches/matrix.yaml')
      .option('--sources <which>', 'of each cell the sources: pin, newest, or both', sources, [
        'pin',
      ] as const)
      .option('--to <dir>', 'a directory for its results, new or empty (one under results/)')
      .option('--id <text>', 'of shards: the night, say, that they must have in common')
      .addHelpText(
        'after',
        `
A cell is a series on a row of the matrix on a source, SERIES/ROW or SERIES/ROW@newest.
One that cannot be built stops no other; the exit code is the gravest one's.`,
      )
      .action((rows: readonly string[], options: MatrixOptions, command) =>
        act(command, async (invocation) => {
          const { matrixCommand } = await import('./matrix.ts');
          return matrixCommand(rows, options, invocation);
        }),
      ),
  );

  addResults(kbt, act);
  addSearches(kbt, act);
  addMeasures(kbt, act);

  output(withOptions(kbt.command('check-series'), [SERIES_DIR, MBOX, REVISION, SOURCE, FROZEN]))
    .description(
      'check a series patch by patch: applies, checkpatch, W=1, sparse, builds, boots; then as a whole',
    )
    .argument('[name]', 'a series below kernel-patches/')
    .addHelpText('after', '\nTAP 14 goes to stdout, the table of patches and checks to stderr.')
    .action((name, options, command) =>
      act(command, async (invocation) => {
        const { checkSeriesCommand } = await import('./examine/check-series.ts');
        return checkSeriesCommand(name, options, invocation);
      }),
    );

  withOptions(kbt.command('package'), [SERIES, SERIES_DIR, CONFIG, SOURCE, FROZEN])
    .description('Debian packages of the patched kernel, tested as they are; TAP on stdout')
    .addHelpText(
      'after',
      `
linux-image, linux-headers and linux-libc-dev come to lie in a directory under
results/ with a SHA256SUMS, once the kernel in them has booted and passed. A
.config of yours must have what the guest boots by built in: an initramfs, a
serial console, virtio-pci and virtio-net.`,
    )
    .action((_, command) =>
      act(command, async (invocation) => {
        const { packageCommand } = await import('./examine/package.ts');
        return packageCommand(invocation);
      }),
    );

  output(withOptions(kbt.command('mutants'), [SERIES, SOURCE, FROZEN]))
    .description('mutation testing: break each guard of a series; the named test must notice')
    .argument('[names...]', 'only these mutants of test/mutants/SERIES/')
    .action((names, options, command) =>
      act(command, async (invocation) => {
        const { mutantsCommand } = await import('./examine/mutants.ts');
        return mutantsCommand(names, options, invocation);
      }),
    );

  addSeries(kbt, act);

  kbt
    .command('regenerate')
    .description('write the files that a series copies out of guest/ into its patches')
    .argument('[name]', 'a series below kernel-patches/')
    .option('--check', 'write nothing; exit 1 if a patch is stale', false)
    .action((name, options, command) =>
      act(command, async (invocation) => {
        const { regenerateCommand } = await import('./examine/regenerate.ts');
        return regenerateCommand(name, options, invocation);
      }),
    );

  addUpkeep(kbt, act);

  return kbt;
};

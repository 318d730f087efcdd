// SPDX-License-Identifier: MIT
import type { TestDevice } from '../../arch/architecture.ts';
import { ARCH } from '../../arch/host.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { moduleName } from '../../kernel/modules/modinfo.ts';
import { KINDS } from '../../kernel-log/kinds.ts';

/** What a program says of itself, in a comment near its top: `kbt: NAME[=VALUE]…`. */
export interface ProgramNeeds {
  /** Its deadline in seconds. */
  readonly timeout?: number;
  /** Of the machine it runs on. */
  readonly cpus?: number;
  readonly memoryMiB?: number;
  readonly append?: string;
  readonly devices: readonly TestDevice[];
  /** Options that must be set, y or m; without them it is skipped. */
  readonly config: readonly NeededOption[];
  /** The variant that it is for; in others it is skipped. */
  readonly variant?: string;
  /** Modules that are loaded before it and unloaded after it, in this order. */
  readonly modules: readonly NeededModule[];
  /** A VM of its own. */
  readonly isolate: boolean;
  /** It runs in a root of the user's, and is skipped without one. */
  readonly rootfs: boolean;
  /** Who runs it: root unless it says nobody. */
  readonly user: 'root' | 'nobody';
  /** The kind of a kernel report that it provokes: then its absence is the failure. */
  readonly report?: string;
}

/** An option that a program needs, and where it says so. */
export interface NeededOption {
  /** CONFIG_NET */
  readonly name: string;
  /** file:line */
  readonly where: string;
}

/** A module that a program needs, with its parameters, and where it says so. */
export interface NeededModule {
  /** As the kernel calls it. */
  readonly name: string;
  /** `NAME=VALUE` each. */
  readonly parameters: readonly string[];
  /** file:line */
  readonly where: string;
}

/** The devices that a program may ask for. */
export const DEVICES = Object.keys(ARCH.qemu.testDevices) as readonly TestDevice[];

export const NO_NEEDS: ProgramNeeds = {
  devices: [],
  config: [],
  modules: [],
  isolate: false,
  rootfs: false,
  user: 'root',
};

/** A day, in seconds: no deadline is longer. */
const LONGEST_S = 86_400;

/** The kinds of kernel reports that a program may provoke. */
const REPORTS: readonly string[] = [...new Set(KINDS.map(({ kind }) => kind))].sort();

const WORD = /([\w-]+)(?:=("[^"]*"|\S+))?/g;

/**
 * Reads the lines `kbt: …` of a program; several add up. Fails with `usage` at the line
 * that asks for what there is not: `variants` are all that there are.
 */
export const readProgramNeeds = (
  text: string,
  file: string,
  variants: readonly string[],
): Result<ProgramNeeds> => {
  let needs = NO_NEEDS;
  const said = new Set<string>();
  for (const [index, line] of text.split('\n').entries()) {
    const words = /^[\s/*#]*kbt: (.*?)(?:\*\/)?\s*$/.exec(line)?.[1];
    for (const [, name = '', quoted] of (words ?? '').matchAll(WORD)) {
      const value = quoted?.replace(/^"(.*)"$/, '$1');
      const again = said.has(name) && !ADDED_UP.includes(name);
      const next = again
        ? 'it is said twice'
        : withNeed(needs, { name, value, where: `${file}:${index + 1}` }, variants);
      if (typeof next === 'string')
        return fail('usage', `kbt: ${name}${quoted === undefined ? '' : `=${quoted}`}: ${next}`, {
          where: `${file}:${index + 1}`,
          remedy:
            'there are timeout cpus memory append device config variant module isolate rootfs user report',
        });
      said.add(name);
      needs = next;
    }
  }
  return ok(needs);
};

const ADDED_UP = ['config', 'device', 'module'];

/** One word of a line `kbt: …`. */
interface Said {
  readonly name: string;
  readonly value: string | undefined;
  readonly where: string;
}

/** The needs with one more, or what is wrong with it. */
const withNeed = (
  needs: ProgramNeeds,
  { name, value, where }: Said,
  variants: readonly string[],
): ProgramNeeds | string => {
  if (name === 'isolate' || name === 'rootfs')
    return value === undefined ? { ...needs, [name]: true } : 'it takes no value';
  if (value === undefined) return 'a value is wanted';
  switch (name) {
    case 'timeout':
      return within(value, 1, LONGEST_S, (timeout) => ({ ...needs, timeout }));
    case 'cpus':
      return within(value, 1, 64, (cpus) => ({ ...needs, cpus }));
    case 'memory':
      return within(value, 64, 1024 * 1024, (memoryMiB) => ({ ...needs, memoryMiB }));
    case 'append':
      return { ...needs, append: value };
    case 'device': {
      const device = DEVICES.find((known) => known === value);
      return device
        ? { ...needs, devices: [...needs.devices, device] }
        : `it is none of ${DEVICES.join(', ')}`;
    }
    case 'config': {
      const names = value.split(',');
      return names.every((option) => /^CONFIG_\w+$/.test(option))
        ? { ...needs, config: [...needs.config, ...names.map((each) => ({ name: each, where }))] }
        : 'options by commas are wanted: CONFIG_A,CONFIG_B';
    }
    case 'module': {
      const [module = '', ...parameters] = value.trim().split(/\s+/);
      if (!/^[\w-]+$/.test(module)) return 'a module and its parameters are wanted: "NAME a=1 b=2"';
      const needed = { name: moduleName(module), parameters, where };
      if (needs.modules.some(({ name: other }) => other === needed.name)) return 'it is said twice';
      return { ...needs, modules: [...needs.modules, needed] };
    }
    case 'variant':
      return variants.includes(value)
        ? { ...needs, variant: value }
        : `there is no such variant, but ${variants.join(', ')}`;
    case 'user':
      return value === 'root' || value === 'nobody'
        ? { ...needs, user: value }
        : 'it is neither root nor nobody';
    case 'report':
      return REPORTS.includes(value)
        ? { ...needs, report: value }
        : `there is no such kind of report, but ${REPORTS.join(', ')}`;
    default:
      return 'there is no such need';
  }
};

const within = (
  value: string,
  least: number,
  most: number,
  use: (number: number) => ProgramNeeds,
): ProgramNeeds | string => {
  const number = Number(value);
  return /^\d+$/.test(value) && number >= least && number <= most
    ? use(number)
    : `it is not between ${least} and ${most}`;
};

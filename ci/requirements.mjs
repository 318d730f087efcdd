// SPDX-License-Identifier: MIT
// What the machine must have, and what is missing of it. Plain JavaScript with
// node: modules only: it runs before anything is installed.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {{ command?: string, file?: string[], for?: string[], optional?: boolean, service?: boolean } & Record<string, string>} Requirement
 * @typedef {{ packages: Record<string, string>, requirements: Requirement[] }} Requirements
 */

/** @type {Requirements} */
const data = JSON.parse(readFileSync(new URL('requirements.json', import.meta.url), 'utf8'));

/** Where a command is looked for: PATH, and the system directories that sudo-less users lack in it. */
const searchPath = () => [
  ...(process.env.PATH ?? '').split(':').filter(Boolean),
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
];

/** @param {string} command @returns {string | undefined} */
export const findCommand = (command) =>
  searchPath()
    .map((directory) => join(directory, command))
    .find((file) => existsSync(file));

/** @param {Requirement} requirement */
const isMet = ({ command, file }) =>
  command ? findCommand(command) !== undefined : (file ?? []).some((f) => existsSync(f));

/**
 * What every command needs, and what `wanted` needs besides; all without it.
 * @param {string} [wanted]
 * @returns {{ name: string, met: boolean, where: string | undefined, packages: Record<string, string>, only: string[] | undefined, optional: boolean, service: boolean }[]}
 */
export const checkRequirements = (wanted) =>
  data.requirements
    .filter((requirement) => wanted === undefined || (requirement.for?.includes(wanted) ?? true))
    .map((requirement) => ({
      name: requirement.command ?? requirement.file?.[0] ?? '',
      met: isMet(requirement),
      where: requirement.command
        ? findCommand(requirement.command)
        : requirement.file?.find((f) => existsSync(f)),
      packages: requirement,
      only: requirement.for,
      optional: requirement.optional ?? false,
      service: requirement.service ?? false,
    }));

/** The one command that installs packages here; undefined where no package manager is known. */
/** @param {ReturnType<typeof checkRequirements>} missing */
export const installCommand = (missing) => {
  const managers = {
    apt: 'apt-get',
    dnf: 'dnf',
    pacman: 'pacman',
    zypper: 'zypper',
    nix: 'nix-shell',
  };
  const manager = Object.entries(managers).find(([, command]) => findCommand(command))?.[0];
  if (!manager) return undefined;
  const packages = [...new Set(missing.map((m) => m.packages[manager]))];
  return { manager, packages, argv: [...data.packages[manager].split(' '), ...packages] };
};

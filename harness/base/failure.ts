// SPDX-License-Identifier: MIT
import { z } from 'zod';
import type { ReadOnly } from './read-only.ts';

/**
 * - `usage`: the command line is wrong
 * - `unbuildable`: what was asked for could not be built
 * - `environment`: a tool, space, the network, the VM killed from outside
 * - `interrupted`: SIGINT or SIGTERM
 */
export const FAILURE_KINDS = ['usage', 'unbuildable', 'environment', 'interrupted'] as const;

/**
 * What has failed, for a machine: a short name, where one decides on it or a reader of a
 * result wants to. Who has no name for it gives that of its kind. None is ever taken away:
 * results of before bear it.
 */
const CODES = [
  ...FAILURE_KINDS,
  // A series, its configuration, its kernel, its programs.
  'series-unreadable',
  'patch-rejected',
  'option-lost',
  'option-unknown',
  'compile-error',
  'compiler-warning',
  'program-compile-error',
  // The machine that kbt runs on.
  'no-space',
  'file-refused',
  'tool-missing',
  'build-killed',
  'source-unavailable',
  'download-failed',
  'upload-failed',
  'accelerator-unavailable',
  // QEMU.
  'qemu-not-started',
  'qemu-no-network',
  'qemu-not-counting',
  'qemu-killed',
  'qemu-silent',
  // A guest: how it did not come up, or could not be asked.
  'kernel-panicked',
  'vm-ended',
  'boot-timeout',
  'guest-no-network',
  'guest-no-root',
  'guest-no-console',
  'dropbear-silent',
  'ssh-not-ready',
  'ssh-refused',
  'guest-silent',
  // A saved state that could not be gone on from.
  'state-unreadable',
  'state-damaged',
  'state-refused',
  'not-reseeded',
] as const;

export const FAILURE = z.strictObject({
  /** Decides the exit code. */
  kind: z.enum(FAILURE_KINDS),
  code: z.enum(CODES),
  /** What is wrong, one line. */
  what: z.string(),
  /** Where: `file:line`, a patch, a hunk. */
  where: z.exactOptional(z.string()),
  /** The tool's own words, already bounded in length. */
  detail: z.exactOptional(z.string()),
  /** Of a compiler that gave up its first error, without the place. */
  error: z.exactOptional(z.string()),
  /** What to do about it. */
  remedy: z.exactOptional(z.string()),
});

/** Why a step did not give its value, in words for the person who asked, and in a code. */
export type Failure = ReadOnly<z.infer<typeof FAILURE>>;
export type FailureKind = Failure['kind'];
export type FailureCode = Failure['code'];

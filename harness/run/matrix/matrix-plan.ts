// SPDX-License-Identifier: MIT
import { z } from 'zod';
import { fileOf, type Roots } from '../../base/context.ts';
import { readDataFile } from '../../base/data-file.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { variantsOf } from '../inputs.ts';
import type { SourceName } from './sources.ts';
import { layered, type RunSpec, type SpecPatch } from '../spec.ts';

const name = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]*$/, 'letters, digits and any of _ . - are wanted');

/** What a row of a matrix says of its kernel and its machine, where there are these variants. */
const rowOf = (variants: readonly string[]) =>
  z.strictObject({
    variant: z.array(z.enum(variants)).default([]),
    cpus: z.int().positive().exactOptional(),
    memory: z.int().positive().exactOptional(),
    append: z.string().exactOptional(),
  });

type Row = z.infer<ReturnType<typeof rowOf>>;

/** One run of a suite: a series on a kernel of a kind, on a source. */
export interface Cell {
  /** `synos/kasan`, `synos/kasan@newest`; a directory as well. */
  readonly name: string;
  readonly spec: RunSpec;
}

/** What of a matrix is asked for. */
export interface MatrixPlanOptions {
  /** Names of rows; all without any. */
  readonly rows: readonly string[];
  readonly series: readonly string[];
  readonly sources: readonly SourceName[];
  /** What all cells are told; a cell lies in a directory below this one's. */
  readonly common: RunSpec;
}

/** All cells, in order. Fails with `unbuildable` for kernel-patches/matrix.yaml, with `usage` for a row that is not in it. */
export const planMatrix = async (
  roots: Roots,
  { rows, series, sources, common }: MatrixPlanOptions,
): Promise<Result<readonly Cell[]>> => {
  const file = fileOf(roots, 'kernel-patches', 'matrix.yaml');
  const read = await readDataFile(file, z.record(name, rowOf(await variantsOf(roots))));
  if (!read.ok) return read;
  const there = Object.keys(read.value);
  const unknown = rows.find((one) => !there.includes(one));
  if (unknown !== undefined)
    return fail('usage', `the matrix has no row ${unknown}`, {
      where: file,
      remedy: `there are: ${there.join(', ')}`,
    });
  const chosen = Object.entries(read.value).filter(
    ([one]) => rows.length === 0 || rows.includes(one),
  );
  return ok(
    series.flatMap((one) =>
      chosen.flatMap(([label, options]) =>
        sources.map((source) => {
          const cell = `${one}/${label}${source === 'newest' ? '@newest' : ''}`;
          return {
            name: cell,
            spec: layered(common, patchOf(options), cellPatch(cell, one, source, common)),
          };
        }),
      ),
    ),
  );
};

const patchOf = ({ variant, cpus, memory, append }: Row): SpecPatch => ({
  kernel: { variants: variant },
  machine: { cpus, memoryMiB: memory, append: append === undefined ? [] : [append] },
});

const cellPatch = (
  cell: string,
  series: string,
  source: SourceName,
  { output }: RunSpec,
): SpecPatch => ({
  kernel: { series: [series], source: { newest: source === 'newest' } },
  output: { cell, directory: `${output.directory}/${cell}` },
});

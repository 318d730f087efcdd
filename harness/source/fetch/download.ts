// SPDX-License-Identifier: MIT
import { createWriteStream } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Context } from '../../base/context.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { systemFailure } from '../../base/cache/store.ts';

/** An origin that does not answer in this time is passed over. */
const ANSWER_MS = 5000;
/** A transfer that moves nothing for this long is given up; the next run resumes it. */
const STALL_MS = 20_000;

const sizeOf = async (file: string): Promise<number> =>
  stat(file).then(
    (s) => s.size,
    () => 0,
  );

/**
 * Fetches a URL to a file. What has come is kept in `file.part` and the next
 * try asks for the rest; the file gets its name when the length is right.
 * Fails with `environment`.
 */
export const download = async (
  context: Context,
  url: string,
  file: string,
): Promise<Result<string>> => {
  const part = `${file}.part`;
  await mkdir(dirname(file), { recursive: true });
  const had = await sizeOf(part);
  const aborter = new AbortController();
  const signal = AbortSignal.any([context.signal, aborter.signal]);
  let timer = setTimeout(() => {
    aborter.abort();
  }, ANSWER_MS);
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      aborter.abort();
    }, STALL_MS);
  };
  try {
    const response = await fetch(url, {
      signal,
      headers: had > 0 ? { range: `bytes=${had}-` } : {},
    });
    if (!response.ok || !response.body)
      return fail('environment', `${url}: HTTP ${response.status}`, { code: 'download-failed' });
    const resumed = response.status === 206;
    const start = resumed ? had : 0;
    const length = Number(response.headers.get('content-length') ?? Number.NaN);
    const total = start + length;
    let done = start;
    const body = Readable.fromWeb(response.body as never);
    body.on('data', (chunk: Buffer) => {
      alive();
      done += chunk.length;
      context.emit({
        type: 'step',
        reason: 'progress',
        step: 'source',
        text: 'downloading, MiB',
        done: Math.floor(done / 2 ** 20),
        ...(Number.isNaN(total) ? {} : { total: Math.ceil(total / 2 ** 20) }),
      });
    });
    await pipeline(body, createWriteStream(part, { flags: resumed ? 'a' : 'w' }), {
      signal,
    });
    if (!Number.isNaN(total) && (await sizeOf(part)) !== total)
      return fail('environment', `${url}: the download was cut`, {
        code: 'download-failed',
        remedy: 'run again: it goes on where it stopped',
      });
    await rename(part, file);
    return ok(file);
  } catch (error) {
    const failure = systemFailure(error);
    if (failure) return { ok: false, failure };
    const { message, cause } = error as Error;
    const reason = aborter.signal.aborted
      ? 'no answer in time'
      : cause instanceof Error
        ? cause.message
        : message;
    return fail('environment', `cannot fetch ${url}`, { code: 'download-failed', detail: reason });
  } finally {
    clearTimeout(timer);
  }
};

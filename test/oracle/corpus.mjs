// SPDX-License-Identifier: MIT
// Has the reader of GGUF files, and the engine behind it, go through what ten minutes of libFuzzer
// found, with the sanitizers for addresses and undefined behaviour. Usage: node corpus.mjs DIRECTORY
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { buildEngine } from './build.mjs';

const [, , directory = ''] = process.argv;
const reader = join(buildEngine(directory, 'gguf_files'), 'gguf_files');
const corpus = join(directory, 'corpus');
mkdirSync(corpus);
execFileSync('tar', ['-xJf', join(import.meta.dirname, 'gguf-corpus.tar.xz'), '-C', corpus]);
const files = readdirSync(corpus).map((name) => join(corpus, name));
const said = execFileSync(reader, files).toString().trimEnd().split('\n');
const models = said.filter((line) => line.endsWith(' tensors'));
process.stdout.write(`${said.length} of ${files.length} files read, ${models.length} taken\n`);
if (said.length !== files.length) process.exitCode = 1;

// SPDX-License-Identifier: MIT
// Models of the Llama architecture with weights that are drawn, the same ones each time: what they
// say means nothing, but two programs that compute it have to agree.
import { Buffer } from 'node:buffer';

const F32 = 0;
const F16 = 1;
const Q4_0 = 2;
const Q8_0 = 8;
const Q6_K = 14;

/** By name, of which types the matrices and the output are. */
export const KINDS = {
  F32: [F32, F32],
  F16: [F16, F16],
  Q8_0: [Q8_0, Q6_K],
  Q4_0: [Q4_0, Q6_K],
  Q6_K: [Q6_K, Q6_K],
};

/** Numbers from 0 to 1 (mulberry32). */
export const drawing = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};

/** A normal number as a half: all that is drawn here is one. */
const half = (value) => {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0];
  const sign = (bits >>> 16) & 0x8000;
  if ((bits & 0x7fffffff) < 0x38800000) return sign;
  return sign | (((bits & 0x7fffffff) - 0x38000000 + 0x1000) >>> 13);
};

const ENCODE = {
  [F32]: (n, draw, scale) =>
    Buffer.from(Float32Array.from({ length: n }, () => normal(draw) * scale).buffer),
  [F16]: (n, draw, scale) =>
    Buffer.from(Uint16Array.from({ length: n }, () => half(normal(draw) * scale)).buffer),
  // Any bits are quants; the scale has them be as large as the others.
  [Q8_0]: (n, draw, scale) => blocks(n / 32, 34, 0, scale / 73, draw),
  [Q4_0]: (n, draw, scale) => blocks(n / 32, 18, 0, scale / 4.6, draw),
  [Q6_K]: (n, draw, scale) => blocks(n / 256, 210, 208, scale / 1350, draw),
};

const normal = (draw) => Array.from({ length: 6 }, draw).reduce((a, b) => a + b - 0.5, 0) * 1.4;

const blocks = (count, size, at, scale, draw) => {
  const data = Buffer.from(Uint8Array.from({ length: count * size }, () => draw() * 256));
  for (let i = 0; i < count; i++)
    data.writeUInt16LE(half(scale * (0.8 + 0.4 * draw())), i * size + at);
  return data;
};

const u32 = (value) => {
  const data = Buffer.alloc(4);
  data.writeUInt32LE(value);
  return data;
};
const u64 = (value) => Buffer.concat([u32(value), u32(0)]);
const text = (value) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const float = (value) => Buffer.from(Float32Array.of(value).buffer);
const pad = (data) => Buffer.concat([data, Buffer.alloc(-data.length & 31)]);

const KEY = {
  text: (value) => [u32(8), text(value)],
  number: (value) => [u32(4), u32(value)],
  float: (value) => [u32(6), float(value)],
  array: (type, items, write) => [u32(9), u32(type), u64(items.length), ...items.map(write)],
};

/** Pieces of words with the scores of SentencePiece: the more often, the higher. */
const tokensOf = (words) => {
  const counts = new Map();
  const characters = new Set('0123456789.,!?/-_<>');
  for (const word of words) {
    const letters = [...`▁${word}`];
    for (const letter of letters) characters.add(letter);
    for (let from = 0; from < letters.length; from++)
      for (let to = from + 2; to <= letters.length; to++) {
        const piece = letters.slice(from, to).join('');
        counts.set(piece, (counts.get(piece) ?? 0) + to - from);
      }
  }
  const pieces = [...counts]
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .map(([piece]) => piece);
  const all = [...pieces.slice(0, 700), ...[...characters].sort()];
  const bytes = Array.from({ length: 256 }, (_, i) => i.toString(16).toUpperCase());
  return [
    ...['<unk>', '<s>', '</s>'].map((name, i) => ({ name, score: 0, type: i === 0 ? 2 : 3 })),
    ...bytes.map((byte) => ({ name: `<0x${byte.padStart(2, '0')}>`, score: 0, type: 6 })),
    ...all.map((name, i) => ({ name, score: -i, type: 1 })),
  ];
};

/** A file of GGUF, of one of the {@link KINDS}; `words` are what its tokens are pieces of. */
export const drawModel = (kind, words, seed = 1) => {
  const [matrices, output] = KINDS[kind];
  const draw = drawing(seed);
  const tokens = tokensOf(words);
  const [embd, ff, layers, heads, kv] = [256, 512, 2, 4, 2];
  const keys = {
    'general.architecture': KEY.text('llama'),
    'llama.context_length': KEY.number(512),
    'llama.embedding_length': KEY.number(embd),
    'llama.feed_forward_length': KEY.number(ff),
    'llama.block_count': KEY.number(layers),
    'llama.attention.head_count': KEY.number(heads),
    'llama.attention.head_count_kv': KEY.number(kv),
    'llama.attention.layer_norm_rms_epsilon': KEY.float(1e-5),
    'tokenizer.ggml.model': KEY.text('llama'),
    'tokenizer.ggml.tokens': KEY.array(8, tokens, ({ name }) => text(name)),
    'tokenizer.ggml.scores': KEY.array(6, tokens, ({ score }) => float(score)),
    'tokenizer.ggml.token_type': KEY.array(5, tokens, ({ type }) => u32(type)),
  };
  const norm = (name) => [name, embd, 1, F32];
  const tensors = [
    ['token_embd.weight', embd, tokens.length, matrices, 1],
    ...Array.from({ length: layers }, (_, i) => [
      norm(`blk.${i}.attn_norm.weight`),
      [`blk.${i}.attn_q.weight`, embd, embd, matrices],
      [`blk.${i}.attn_k.weight`, embd, (embd / heads) * kv, matrices],
      [`blk.${i}.attn_v.weight`, embd, (embd / heads) * kv, matrices],
      [`blk.${i}.attn_output.weight`, embd, embd, matrices],
      norm(`blk.${i}.ffn_norm.weight`),
      [`blk.${i}.ffn_gate.weight`, embd, ff, matrices],
      [`blk.${i}.ffn_up.weight`, embd, ff, matrices],
      [`blk.${i}.ffn_down.weight`, ff, embd, matrices],
    ]).flat(),
    norm('output_norm.weight'),
    ['output.weight', embd, tokens.length, output],
  ];
  const about = [];
  const data = [];
  let offset = 0;
  for (const [name, cols, rows, type, scale = 1.5 / Math.sqrt(cols)] of tensors) {
    const shape = rows === 1 ? [cols] : [cols, rows];
    about.push(text(name), u32(shape.length), ...shape.map(u64), u32(type), u64(offset));
    data.push(pad(ENCODE[type](cols * rows, draw, rows === 1 ? 1 : scale)));
    offset += data.at(-1).length;
  }
  const head = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(Object.keys(keys).length)];
  const pairs = Object.entries(keys).flatMap(([key, value]) => [text(key), ...value]);
  return Buffer.concat([pad(Buffer.concat([...head, ...pairs, ...about])), ...data]);
};

// SPDX-License-Identifier: MIT
// What a model is asked: words of people who want something of their machine, and what nobody means.
import { drawing } from './draw.mjs';

export const WORDS =
  `show me the free memory of this disk space how much is used list all files in a folder largest
   kill process what who running time since uptime network open ports listening log last lines find
   where large which user logged on cpu load top count delete copy move rename archive compress
   mount devices kernel version temperature battery restart stop start service status größe übersicht
   fichiers mémoire où répertoire пожалуйста память диск 日本 語 メモリ 磁盘 空间 naïve café`.split(
    /\s+/,
  );

const OTHERS = ['<s>', '</s>', '<unk>', '<0x41>', '[INST]', '\t', '  ', '   ', '\u2581', '\u0000'];
const ANY = [
  0x20, 0x7e, 0xa0, 0x24f, 0x400, 0x4ff, 0x3041, 0x30ff, 0x4e00, 0x4eff, 0x1f600, 0x1f64f,
];

/** Lines of text, a third of them not ASCII; none with a line feed. */
export const lines = (count, seed = 7) => {
  const draw = drawing(seed);
  const one = (list) => list[Math.floor(draw() * list.length)];
  const any = () => {
    const range = Math.floor((draw() * ANY.length) / 2) * 2;
    return String.fromCodePoint(
      ANY[range] + Math.floor(draw() * (ANY[range + 1] - ANY[range] + 1)),
    );
  };
  const word = (kind) => {
    if (draw() < 0.1) return one(OTHERS);
    return kind % 3 === 0 ? Array.from({ length: 1 + draw() * 8 }, any).join('') : one(WORDS);
  };
  return Array.from({ length: count }, (_, i) => {
    if (i === 0) return '';
    const length = i % 200 === 1 ? 600 : 1 + Math.floor(draw() * 12);
    const text = Array.from({ length }, () => word(i)).join(draw() < 0.9 ? ' ' : '');
    return text.replaceAll('\n', ' ').replaceAll('\u0000', '');
  });
};

// SPDX-License-Identifier: MIT
import type { Coverage } from '../../measure/coverage/coverage.ts';
import { percent, type Counted, type FileCoverage } from '../../measure/coverage/join.ts';
import { escaped as text } from '../markup.ts';

/** The sources of the files that were counted, marked: one page, nothing fetched. */
export const renderCoverageHtml = (coverage: Coverage): string => {
  const { series, patches, total, files, programs, uncounted } = coverage;
  const name = series.join(', ');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Lines of ${text(name)} that ran</title>
<style>${STYLE}</style>
<h1>Lines of ${text(name)} that ran</h1>
<table>
<tr><th>patch<th>lines<th>ran<th>branches<th>taken</tr>
${patches
  .filter(({ lines }) => lines > 0)
  .map((patch) => row(patch.name, patch))
  .join('\n')}
${row('all', total)}
</table>
<table>
<tr><th>program<th>lines<th>it alone</tr>
${programs.map((one) => `<tr><td>${text(one.name)}<td>${one.lines}<td>${one.only.length}</tr>`).join('\n')}
</table>
${uncounted.map(({ file, why }) => `<p>Not counted: ${text(file)}: ${text(why)}</p>`).join('\n')}
${files.map(fileOf).join('\n')}
</html>
`;
};

const STYLE = [
  'body{font:14px/1.4 sans-serif;margin:2em}',
  'td,th{text-align:right;padding:0 .7em}td:first-child,th:first-child{text-align:left}',
  'pre{font:13px/1.35 monospace;tab-size:8}pre span{display:block}',
  '.ran{background:#dfd}.part{background:#ffd}.not{background:#fcc}',
  '.own{color:#777}i{color:#777;font-style:normal;user-select:none}',
  '@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}',
  '.ran{background:#143}.part{background:#440}.not{background:#511}}',
].join('');

const row = (name: string, counted: Counted): string => {
  const { lines, run, branches, taken } = counted;
  const share = `${percent(counted).toFixed(1)} %`;
  return `<tr><td>${text(name)}<td>${lines}<td>${run} (${share})<td>${branches}<td>${taken}</tr>`;
};

const fileOf = ({ file, lines }: FileCoverage): string =>
  `<h2>${text(file)}</h2>\n<pre>${lines.map(lineOf).join('')}</pre>`;

/** Green what ran, red what did not, yellow where a branch was not taken; grey the source's own. */
const lineOf = (
  { text: source, patch, count, branches = [] }: FileCoverage['lines'][number],
  index: number,
): string => {
  const state = count === 0 ? 'not' : branches.includes(0) ? 'part' : 'ran';
  const kind = patch === undefined ? 'own' : count === undefined ? '' : state;
  const title = patch === undefined ? '' : ` title="${text(patch)}"`;
  const number = String(index + 1).padStart(5);
  const times = (count === undefined ? '' : String(count)).padStart(9);
  const taken = branches.length > 0 ? ` [${branches.join(' ')}]` : '';
  return `<span class="${kind}"${title}><i>${number} ${times}${taken} </i>${text(source)}\n</span>`;
};

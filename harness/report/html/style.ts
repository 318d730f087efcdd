// SPDX-License-Identifier: MIT

/**
 * Of the page: dark and light as the reader has it. Items of lists are blocks: browsers
 * number those of display list-item anew for each one that is hidden, which ten
 * thousand results would wait seconds for.
 */
export const STYLE = `
:root{color-scheme:light dark;--text:#1b1f24;--faint:#57606a;--back:#fff;--box:#f6f8fa;--line:#d0d7de;
--good:#116329;--bad:#a40e26;--skip:#7d4e00;--other:#0550ae}
@media(prefers-color-scheme:dark){:root{--text:#e6edf3;--faint:#9aa4b0;--back:#0d1117;--box:#161b22;
--line:#30363d;--good:#56d364;--bad:#ff8f85;--skip:#e3b341;--other:#79b8ff}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--text);background:var(--back);max-width:75em;
margin:0 auto;padding:1em 1.5em}
h1{font-size:1.5em}h2{font-size:1.2em;margin:1.6em 0 .4em}h3{font-size:1em;margin:1em 0 .3em}
dl{display:grid;grid-template-columns:max-content 1fr;gap:0 1em;margin:0}dt{color:var(--faint)}dd{margin:0}
table{border-collapse:collapse}th,td{text-align:right;padding:.1em .8em .1em 0;font-variant-numeric:tabular-nums}
th:first-child,td:first-child{text-align:left}th{font-weight:600;border-bottom:1px solid var(--line)}
pre{font:13px/1.4 ui-monospace,monospace;background:var(--box);padding:.6em .8em;overflow:auto;max-height:32em;
tab-size:8;margin:.4em 0}
.wide{overflow-x:auto}
details{border-bottom:1px solid var(--line);padding:.2em 0}
details details{border:0;padding-left:1.2em}summary{cursor:pointer}summary:focus-visible{outline:2px solid var(--other)}
ul{margin:.2em 0;padding-left:1.6em;list-style:none}li{display:block;overflow-wrap:anywhere}
.good{color:var(--good)}.bad{color:var(--bad)}.skip{color:var(--skip)}.faint{color:var(--faint)}
.time{color:var(--faint);font-variant-numeric:tabular-nums}
svg .good{fill:var(--good)}svg .bad{fill:var(--bad)}svg .skip{fill:var(--skip)}svg .other{fill:var(--other)}
svg text{fill:var(--text);font:12px system-ui,sans-serif}svg polyline{fill:none;stroke:var(--other);stroke-width:1.5}
svg{max-width:100%}
form{display:flex;gap:1em;flex-wrap:wrap;align-items:center;margin:.6em 0}
input,select{font:inherit;color:inherit;background:var(--box);border:1px solid var(--line);padding:.2em .5em}
[hidden]{display:none}
`;

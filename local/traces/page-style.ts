/** The style of the plain pages, and the source expression that allows it, and only it, in a policy. */
import { createHash } from 'node:crypto';

const INDENTS = Array.from(
  { length: 13 },
  (_, depth) => `.depth-${depth}{padding-left:${depth * 0.9}rem}`,
).join('');

export const PAGE_STYLE = `:root{color-scheme:light dark;--ink:#1c2230;--dim:#5b6475;--paper:#fff;--line:#d9dde6;--bar:#1769aa;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ef;--dim:#9aa4b5;--paper:#14171d;--line:#2d333f;--bar:#5aa9e6;--bad:#f2796f}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
header,main{max-width:80rem;margin:0 auto;padding:.75rem 1rem}header{border-bottom:1px solid var(--line)}
h1{font-size:1.25rem;overflow-wrap:anywhere}a{color:var(--bar)}small,.time{color:var(--dim)}p{overflow-wrap:anywhere}
nav a{margin-right:.5rem}table{border-collapse:collapse;width:100%}td,th{padding:.4rem .5rem .4rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
.list small{display:block;font-family:ui-monospace,monospace}.tags{margin:.25rem 0 .75rem;font-size:.9em}.tags caption{text-align:left;color:var(--dim)}.tags th{width:16rem;font-weight:normal;color:var(--dim)}
details{border-bottom:1px solid var(--line)}details[open]{padding:0 1rem .5rem}summary{display:grid;grid-template-columns:minmax(0,5fr) 5.5rem 5.5rem minmax(0,6fr);gap:.5rem;align-items:center;padding:.3rem 0;cursor:pointer}
.name{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.time{text-align:right;font-variant-numeric:tabular-nums}svg{width:100%;height:.7rem;background:color-mix(in srgb,var(--line) 45%,transparent)}.bar{fill:var(--bar)}.failed{fill:var(--bad)}.warning{color:var(--bad)}
${INDENTS}
@media (max-width:40rem){summary{grid-template-columns:minmax(0,1fr) auto auto}svg{grid-column:1/-1}.list,.list tbody,.list tr,.list td{display:block}.list th{display:none}.list td{border:0;padding:.1rem 0}.list tr{border-bottom:1px solid var(--line);padding:.5rem 0}.tags th{width:9rem}}`;

export const PAGE_STYLE_SOURCE = `'sha256-${createHash('sha256').update(PAGE_STYLE).digest('base64')}'`;

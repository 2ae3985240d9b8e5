/** The report's own look: light or dark on a screen, ink on white paper in print. */
export const STYLE = `:root{color-scheme:light;--ink:#22261f;--paper:#fbfaf6;--line:#d9d6cb;--accent:#44701c;--soft:#e6edd6;--muted:#5a5f53;--amber:#8a5600}
@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;--ink:#e9e7df;--paper:#1b1d19;--line:#3b3e36;--accent:#a5c97f;--soft:#2a371b;--muted:#a9ac9f;--amber:#e3b04b}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.65 "Noto Sans JP","Hiragino Sans","Yu Gothic UI",system-ui,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:860px;margin:0 auto;padding:24px 16px 48px}
h1{font-size:1.5rem;line-height:1.35;margin:4px 0 16px;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:2rem 0 .5rem}h3{font-size:.95rem;margin:1rem 0 .25rem}
.brand{color:var(--accent);margin:0;font-weight:600}
.verdict{border-left:4px solid var(--accent);background:var(--soft);padding:8px 16px;border-radius:0 6px 6px 0}.verdict h2{margin:.25rem 0}.verdict p{margin:.25rem 0 .5rem}.verdict strong{font-size:1.1rem}
.note,figcaption,small,.keys{color:var(--muted)}.note,.keys{font-size:.875rem}figure{margin:16px 0}figcaption{font-weight:600;overflow-wrap:anywhere}svg{width:100%;height:auto;display:block}
.history{fill:none;stroke:var(--ink);stroke-width:1.5}.forecast{fill:none;stroke:var(--accent);stroke-width:2.2;stroke-dasharray:6 3}
path.mine{fill:var(--amber)}td.mine{color:var(--amber)}
.band{fill:var(--accent);opacity:.18}.grid{stroke:var(--line)}.now{stroke:var(--muted);stroke-dasharray:2 3}svg text{fill:var(--muted);font-size:11px}
.keys{display:flex;flex-wrap:wrap;gap:4px 16px;margin:4px 0 0}.keys svg{display:inline-block;width:24px;height:10px;margin-right:6px;vertical-align:middle}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{padding:6px 8px;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap;font-weight:400}
thead th{color:var(--muted);font-size:.8rem;vertical-align:bottom}th[scope=row],.left{text-align:left;white-space:normal;min-width:7em}.best th,.best td{font-weight:700;color:var(--accent)}
.tie td:first-child{border-left:4px solid var(--accent)}td:first-child{border-left:4px solid transparent}
.strip{width:260px}.strip line{stroke:var(--muted)}.strip .range{stroke:var(--accent);stroke-width:5;opacity:.45}.strip .want{stroke:var(--ink);stroke-width:2}.strip .mark{fill:var(--accent)}.strip.out .range{stroke:var(--amber)}.strip.out .mark{fill:var(--amber)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:0;font-size:.9rem}dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}
code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.9em;overflow-wrap:anywhere}pre{background:var(--soft);padding:8px 12px;border-radius:6px;white-space:pre-wrap;margin:.5rem 0}
@page{margin:16mm 14mm}
@media print{body{background:#fff;font-size:10.5pt}main{max-width:none;padding:0}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
h2,h3,figcaption{break-after:avoid}figure,.verdict,tr,dl>*,pre{break-inside:avoid}thead{display:table-header-group}.scroll{overflow:visible}th,td{white-space:normal}}`;

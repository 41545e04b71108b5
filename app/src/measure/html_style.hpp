#pragma once

#include <string_view>

namespace edm::measure {

/// The looks of the report: system fonts, two colour schemes, columns that become one on a phone.
inline constexpr std::string_view style = R"(
:root{--back:#fbfaf8;--card:#fff;--ink:#1c1b1a;--soft:#6b6763;--line:#e4e0da;--track:#f1eee9;
--c0:#2f7d5b;--c1:#3b76c4;--c2:#7a5cc0;--c3:#d08a1d;--c4:#c2503c;--r0:#3b76c4;--r1:#8f8a84;--r2:#d08a1d;--r3:#c2503c}
@media (prefers-color-scheme:dark){:root{--back:#161514;--card:#201f1d;--ink:#ecebe8;--soft:#a19c96;--line:#35322f;
--track:#2b2926;--c0:#5fbf93;--c1:#74a8ec;--c2:#b09af0;--c3:#e8b45a;--c4:#ee8572;--r0:#74a8ec;--r1:#a19c96;--r2:#e8b45a;
--r3:#ee8572}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1180px;margin:0 auto;padding:2rem 1rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.25rem;margin:2.5rem 0 .75rem}
.about,ul{color:var(--soft);max-width:52rem}
ul{padding-left:1.2rem}li{margin:.3rem 0}b{color:var(--ink)}
code{overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,350px),1fr));gap:1rem;margin-top:1rem}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem}
figcaption{margin-bottom:.6rem}figcaption span{color:var(--soft);font-size:.85rem}
svg{display:block;width:100%;height:auto}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--ink)}
svg .label{fill:var(--soft)}svg .value{text-anchor:end;fill:var(--ink);font-variant-numeric:tabular-nums}
svg .axis{fill:var(--soft);font-size:11px;text-anchor:middle}svg .first{text-anchor:start}svg .last{text-anchor:end}
.track{fill:var(--track)}.grid{stroke:var(--line)}
.c0{fill:var(--c0);stroke:var(--c0)}.c1{fill:var(--c1);stroke:var(--c1)}.c2{fill:var(--c2);stroke:var(--c2)}
.c3{fill:var(--c3);stroke:var(--c3)}.c4{fill:var(--c4);stroke:var(--c4)}
rect{stroke:none!important}.span{stroke-width:2}.ring{fill:var(--card);stroke-width:2}
.r0{fill:var(--r0);background:var(--r0)}.r1{fill:var(--r1);background:var(--r1)}
.r2{fill:var(--r2);background:var(--r2)}.r3{fill:var(--r3);background:var(--r3)}
.legend{margin:0 0 .6rem;font-size:.85rem;color:var(--soft);display:flex;flex-wrap:wrap;gap:.2rem .9rem}
.legend i{display:inline-block;width:.7em;height:.7em;border-radius:2px;margin-right:.35em}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:10px;background:var(--card)}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .8rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}
th:first-child{text-align:left;font-weight:normal;position:sticky;left:0;background:var(--card)}
thead th{font-weight:600;color:var(--soft)}
.group th{color:var(--soft);font-weight:600;padding-top:.9rem}tr:last-child>*{border-bottom:0}
@media (max-width:600px){main{padding:1.2rem .7rem 3rem}h1{font-size:1.5rem}th:first-child{white-space:normal;min-width:9rem}}
)";

} // namespace edm::measure

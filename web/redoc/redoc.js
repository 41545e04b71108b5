"use strict";
// System fonts only: Redoc's own theme names web fonts that would come from another host.
const sans = "system-ui, -apple-system, 'Segoe UI', sans-serif";
const mono = "ui-monospace, 'DejaVu Sans Mono', Menlo, monospace";
Redoc.init(
  "/openapi.json",
  {
    nativeScrollbars: true,
    theme: {
      typography: { fontFamily: sans, headings: { fontFamily: sans }, code: { fontFamily: mono } },
    },
  },
  document.getElementById("redoc"),
);

// A browser that reports everything that goes wrong in a page, and knows no host but this one.
import { createRequire } from "node:module";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Debian's browser; the tests fail where it is not installed (`make setup`). */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
  });
}

/**
 * A page with `troubles`: requests to other hosts and requests that failed, console errors, uncaught exceptions, and
 * violations of the content security policy. That a request was answered with 4xx is for the test to judge.
 */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB", ...options });
  context.setDefaultTimeout(60_000);
  const troubles = [];
  await context.route("**/*", (route) => {
    const { hostname, protocol } = new URL(route.request().url());
    if (hostname === "127.0.0.1" || protocol === "data:" || protocol === "blob:")
      return route.continue();
    troubles.push(`request to another host: ${route.request().url()}`);
    return route.abort();
  });
  context.on("requestfailed", (request) =>
    troubles.push(`failed: ${request.method()} ${request.url()} ${request.failure()?.errorText}`));
  await context.exposeBinding("reportViolation", (_, what) => troubles.push(`content security policy: ${what}`));
  await context.addInitScript(() => document.addEventListener("securitypolicyviolation", (violation) =>
    window.reportViolation(`${violation.violatedDirective} ${violation.blockedURI} at ${violation.documentURI}`)));
  const page = await context.newPage();
  page.on("pageerror", (error) => troubles.push(`exception: ${error.message}`));
  page.on("console", (message) => {
    const answered = message.text().startsWith("Failed to load resource: the server responded with a status of 4");
    if (message.type() === "error" && !answered)
      troubles.push(`console: ${message.text()}`);
  });
  return Object.assign(page, { troubles });
}

/** Keeps a picture, of the whole page unless told otherwise, under EDM_SCREENSHOTS, for people to look at. */
export async function picture(page, name, { fullPage = true } = {}) {
  if (!process.env.EDM_SCREENSHOTS)
    return;
  await mkdir(process.env.EDM_SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(process.env.EDM_SCREENSHOTS, `${name}.png`), fullPage });
}

/** WCAG 2.2 AA and axe's best practices; what is found is in the message. */
export async function assertAccessible(page) {
  await page.evaluate(axeSource); // by the debugger: a script element would be refused by the page's policy
  const { violations, passes } = await page.evaluate(() => window.axe.run(document));
  assert.ok(passes.length > 0, "axe found nothing to judge");
  const found = violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.html}\n    ${node.failureSummary.replaceAll("\n", "\n    ")}`));
  assert.deepEqual(found, [], `accessibility of ${page.url()}`);
}

/** No text is wider than the page, also on a telephone. */
export async function assertFits(page) {
  const [content, window_] = await page.evaluate(() =>
    [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(content <= window_, `${page.url()} is ${content} pixels wide in a window of ${window_}`);
}

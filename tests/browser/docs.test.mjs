// The API's documentation: logging in and calling every operation from /docs, and reading all of it at /redoc.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, openPage, picture } from "./browser.mjs";
import { Program, administrator } from "./program.mjs";

let program, browser, api;

before(async () => {
  program = await Program.start(); // first, so that it is stopped also where there is no browser
  browser = await launch();
  api = await (await fetch(`${program.url}/openapi.json`)).json();
});

after(async () => {
  await browser?.close();
  assert.equal(await program?.stop(), 0);
});

/** Every operation of the document: method, path, and whether it asks for a log-in. */
function operations() {
  return Object.entries(api.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, declared]) => ({
    name: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path,
    declared,
    authorised: (declared.security ?? []).some((one) => "OAuth2PasswordBearer" in one),
  })));
}

const operation = (name) => operations().find((one) => one.name === name);

async function openDocs(page) {
  await page.goto(`${program.url}/docs`);
  await page.locator(".opblock").first().waitFor();
}

async function logIn(page, username, password) {
  await page.locator(".auth-wrapper .btn.authorize").click();
  const form = page.locator(".auth-container").first();
  await form.locator("#oauth_username").fill(username);
  await form.locator("#oauth_password").fill(password);
  await form.getByRole("button", { name: "Apply given OAuth2 credentials" }).click();
  await form.getByRole("button", { name: "Remove authorization" }).waitFor();
  await picture(page, "docs-authorized", { fullPage: false });
  await form.locator(".btn-done").click();
}

/** Opens or closes a block, without waiting for its animation as a pointer would. */
function toggle(block) {
  return block.locator(".opblock-summary-control").evaluate((button) => button.click());
}

const filledIn = { // where a block shows what a body of this type is filled in with
  "application/json": "textarea.body-param__text",
  "application/x-www-form-urlencoded": ".opblock-section-request-body tbody tr",
  "multipart/form-data": 'input[type="file"]',
};

/** The block of an operation, opened and filled in with its examples. */
async function opened(page, { method, path, declared }) {
  const block = page.locator(".opblock", {
    has: page.locator(`.opblock-summary-path[data-path="${path}"]`),
  }).and(page.locator(`.opblock-${method.toLowerCase()}`));
  await toggle(block);
  await block.locator(".execute").waitFor();
  for (const type of Object.keys(declared.requestBody?.content ?? {}))
    await block.locator(filledIn[type]).first().waitFor();
  return block;
}

/** Presses Execute, and returns the status that the page shows. */
async function execute(page, block) {
  await block.locator(".execute").click();
  const status = block.locator(".live-responses-table tbody .response-col_status");
  await status.waitFor().catch(async (error) => {
    const refused = await block.locator("input.invalid, textarea.invalid, select.invalid, .validation-errors").count();
    throw refused ? new Error("not sent: a value that the page itself refuses, or that is missing") : error;
  });
  return Number.parseInt(await status.innerText(), 10);
}

/** Reads whose example values name what is there in every fresh shop; other calls may be refused by the domain. */
const mustSucceed = ["GET /get-all-recipes", "GET /get-recipe-details/{recipe_id}", "GET /payments-to-refund",
  "GET /card-form", "GET /events", "GET /livez", "GET /metrics", "GET /readyz", "POST /encrypt-card", "POST /logout"];

const recipes = "id\tname\n"; // refused by its content, which is all that the page needs to show

test("the administrator logs in at /docs and calls every operation", async () => {
  const page = await openPage(browser);
  try {
    await openDocs(page);
    await picture(page, "docs", { fullPage: false });
    assert.equal(await page.locator(".opblock").count(), operations().length);
    await logIn(page, administrator, await program.administratorPassword());

    // Logging out ends the token, so it is called last; a stream has no end that the page could show.
    const all = operations().filter(({ path }) => path !== "/notifications");
    all.sort((a, b) => Number(a.path === "/logout") - Number(b.path === "/logout"));
    const wrong = [];
    for (const one of all) {
      try {
        const block = await opened(page, one);
        for (const file of await block.locator('input[type="file"]').all())
          await file.setInputFiles({ name: "recipes.tsv", mimeType: "text/tab-separated-values",
            buffer: Buffer.from(recipes) });
        const status = await execute(page, block);
        if (one.path === "/get-all-recipes")
          await picture(page, "docs-executed", { fullPage: false });
        if (one.authorised && status === 401)
          wrong.push(`${one.name}: ${status} although the page is authorised`);
        const wanted = mustSucceed.includes(one.name) ? status === 200 : status >= 200 && status < 500;
        if (!wanted)
          wrong.push(`${one.name}: ${status}`);
        await toggle(block);
      } catch (error) {
        wrong.push(`${one.name}: ${error.message}`);
      }
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(page.troubles, []);
  } finally {
    await page.context().close();
  }
});

test("a user who confirmed their address logs in at /docs, stays so on the next visit, and reads the catalogue", async () => {
  const page = await openPage(browser);
  try {
    const mail = await program.signUp("bea@example.com", "correct horse", "Bea Lima");
    await page.goto(`${program.url}/mailbox/${mail}`);
    await page.locator('a[href*="/confirm-email?token="]').click();
    await page.getByRole("heading", { name: "Your e-mail address is confirmed" }).waitFor();

    await openDocs(page);
    await logIn(page, "bea@example.com", "correct horse");
    await openDocs(page);
    assert.equal(await execute(page, await opened(page, operation("GET /get-all-recipes"))), 200);
    assert.equal(await execute(page, await opened(page, operation("GET /payments-to-refund"))), 403);

    // A stream never ends: that it is answered is seen, that it is shown at its end is not waited for.
    const stream = await opened(page, operation("GET /notifications"));
    const answered = page.waitForResponse(`${program.url}/notifications`);
    await stream.locator(".execute").click();
    const answer = await answered;
    assert.equal(answer.status(), 200);
    assert.match(answer.headers()["content-type"], /^text\/event-stream/);
    assert.deepEqual(page.troubles, []);
  } finally {
    await page.context().close();
  }
});

test("/redoc shows the title, every service and every operation", async () => {
  const page = await openPage(browser);
  try {
    await page.goto(`${program.url}/redoc`);
    await page.getByRole("heading", { level: 1, name: api.info.title }).first().waitFor();
    await picture(page, "redoc", { fullPage: false });
    for (const { name } of api.tags)
      assert.ok(await page.locator(`[id="tag/${name}"]`).count(), `no section for ${name}`);
    for (const { name, declared } of operations())
      assert.ok(await page.locator(`[id$="/operation/${declared.operationId}"]`).count(), `${name} is not shown`);
    assert.deepEqual(page.troubles, []);
  } finally {
    await page.context().close();
  }
});

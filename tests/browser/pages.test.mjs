// The pages that people see: the mailbox, and where the links of mails and the card form lead.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { assertAccessible, assertFits, launch, openPage, picture } from "./browser.mjs";
import { Program } from "./program.mjs";

const telephone = { width: 360, height: 740 };
let program, browser;

before(async () => {
  program = await Program.start(); // first, so that it is stopped also where there is no browser
  browser = await launch();
});

after(async () => {
  await browser?.close();
  assert.equal(await program?.stop(), 0);
});

/** What holds for every page: a language, one title, nobody excluded in light or dark, no scrolling sideways. */
async function looksRight(page, name, heading) {
  assert.equal(await page.getByRole("heading", { level: 1 }).innerText(), heading);
  assert.ok((await page.title()).includes(heading));
  const wide = page.viewportSize();
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    await assertAccessible(page);
    await picture(page, `${name}-${colorScheme}`);
  }
  await page.setViewportSize(telephone);
  await assertFits(page);
  await picture(page, `${name}-telephone`);
  await page.setViewportSize(wide);
  assert.deepEqual(page.troubles, []);
}

async function withPage(use) {
  const page = await openPage(browser);
  try {
    await use(page);
  } finally {
    await page.context().close();
  }
}

async function openMail(page, mail) {
  await page.goto(`${program.url}/mailbox`);
  await page.locator(`a[href$="${mail}"]`).click();
}

test("a new user follows the mail's link, once", () => withPage(async (page) => {
  await page.goto(`${program.url}/mailbox`);
  await looksRight(page, "mailbox-empty", "Mailbox");
  assert.ok(await page.getByText("No mail yet").isVisible());

  const mail = await program.signUp("ana@example.com", "correct horse", "Ana Souza");
  await page.goto(`${program.url}/mailbox`);
  assert.equal(await page.getByRole("listitem").count(), 1);
  await looksRight(page, "mailbox", "Mailbox");
  await openMail(page, mail);
  await looksRight(page, "mail", "Please confirm your e-mail address");

  const link = await page.locator('a[href*="/confirm-email?token="]').getAttribute("href");
  await page.locator('a[href*="/confirm-email?token="]').click();
  await looksRight(page, "confirm-email", "Your e-mail address is confirmed");
  assert.ok(await page.getByText("ana@example.com").isVisible());
  await page.goto(link);
  await looksRight(page, "confirm-email-again", "Already confirmed");
}));

test("a broken confirmation link offers a new one", () => withPage(async (page) => {
  await page.goto(`${program.url}/confirm-email?token=broken`);
  await looksRight(page, "confirm-email-broken", "This link does not work");
  await page.getByLabel("Your e-mail address").fill("nobody@example.com");
  await page.getByRole("button").click();
  await looksRight(page, "confirm-email-new-link", "Look into your mailbox");
}));

test("a forgotten password is replaced by the mail's link, which works once", () => withPage(async (page) => {
  const first = await program.signUp("bea@example.com", "correct horse", "Bea Lima");
  await openMail(page, first);
  await page.locator('a[href*="/confirm-email?token="]').click();

  await page.goto(`${program.url}/reset-password?token=broken`);
  await looksRight(page, "reset-password-broken", "This link does not work");
  await page.getByLabel("Your e-mail address").fill("bea@example.com");
  const mail = await program.mailAfter(() => page.getByRole("button").click());
  await looksRight(page, "reset-password-new-link", "Look into your mailbox");

  await openMail(page, mail);
  const link = await page.locator('a[href*="/reset-password?token="]').getAttribute("href");
  await page.goto(link);
  await looksRight(page, "reset-password", "Choose a new password");
  await page.getByLabel("New password").fill("battery staple");
  await page.getByRole("button").click();
  await looksRight(page, "reset-password-done", "Your password is changed");
  await page.goto(link);
  await looksRight(page, "reset-password-used", "This link does not work");

  const logIn = (password) => fetch(`${program.url}/login`, {
    method: "POST",
    body: new URLSearchParams({ username: "bea@example.com", password }),
  });
  assert.equal((await logIn("battery staple")).status, 200);
  assert.equal((await logIn("correct horse")).status, 401);
}));

test("the card form says what is wrong, and encrypts a card", () => withPage(async (page) => {
  await page.goto(`${program.url}/card-form`);
  await looksRight(page, "card-form", "Your card");
  const fill = async (fields) => {
    for (const [label, value] of Object.entries(fields))
      await page.getByLabel(label).fill(value);
    await page.getByRole("button").click();
  };
  const card = { "Name on the card": "Ana Souza", "Card number": "4242 4242 4242 4242", "Month": "13", "Year": "2090",
    "Security code": "123" };
  await fill(card);
  await looksRight(page, "card-form-refused", "Your card");
  assert.ok(await page.getByRole("alert").isVisible());
  await fill({ ...card, Month: "12" });
  await looksRight(page, "card-form-encrypted", "Your card is encrypted");
  assert.match(await page.getByRole("textbox").inputValue(), /^gAAAA/);
}));

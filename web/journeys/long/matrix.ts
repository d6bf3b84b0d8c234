// Every demo retailer at both sizes, in both languages and schemes, with backends in trouble.
import assert from "node:assert/strict";
import {afterEach, test} from "node:test";
import {customer, DESK, PHONE, shot, violations} from "../harness/browser.ts";
import {act, ANSWERS, buy, heading} from "../harness/shopper.ts";
import {PACKAGES, world} from "../harness/world.ts";

const here = world();
const CARD = "4242 4242 4242 4242";
const DONE = /^(Thank you|Vielen Dank)$/;
afterEach(() => here().service.wellAgain());

function answers(): typeof ANSWERS {
  return {...ANSWERS, agreement: `AGR-1${String(Date.now() % 10_000).padStart(4, "0")}1`};
}

for (const retailer of ["northstar", "pocket", "orbit"]) {
  for (const [size, dark, locale] of [[DESK, false, "en-GB"], [DESK, true, "de-DE"], [PHONE, true, "de-DE"]] as const) {
    const how = `${size.width} px, ${dark ? "dark" : "light"}, ${locale}`;
    test(`${retailer}: a whole purchase, ${how}`, async () => {
      const {service, browser} = here();
      const made = await service.create(retailer, {...PACKAGES[retailer], locale});
      const {context, page, faults} = await customer(browser, {size, dark, locale});
      await page.goto(made.url);
      const wrong: string[] = [];
      let at = 0;
      const seen = async (now: string) => {
        await shot(page, `${size.width}-${retailer}-${locale}-${String(at++).padStart(2, "0")}`);
        wrong.push(...(await violations(page)).map((one) => `${now}: ${one}`));
      };
      await buy({page, answers: answers(), card: CARD, seen}, DONE);
      assert.deepEqual(wrong, []);
      assert.deepEqual(faults, []);
      await context.close();
    });
  }
}

for (const [name, standIn, body] of [
  ["a slow shop system", "legacy_shop", {mode: "slow", times: 3}],
  ["a lender that fails once", "lender", {mode: "unavailable", times: 1}],
  ["a payment whose answer is lost", "psp", {mode: "lost_answer", operation: "payment.charge", times: 1}],
] as const) {
  test(`northstar: ${name}, and the purchase goes on with nothing doubled`, async () => {
    const {service, browser} = here();
    const made = await service.create("northstar", PACKAGES["northstar"] ?? {});
    const {context, page} = await customer(browser);
    await page.goto(made.url);
    await page.locator("#now").waitFor();
    await service.scenario(standIn, body);
    await buy({page, answers: answers(), card: CARD}, DONE);
    const charges = (await service.ledger()).filter((one) => one.effect === "payment.charge");
    assert.equal(new Set(charges.map((one) => one.reference)).size, charges.length);
    await context.close();
  });
}

test("northstar: a declined credit leads on to a purchase without credit", async () => {
  const {service, browser} = here();
  const made = await service.create("northstar", PACKAGES["northstar"] ?? {});
  const {context, page} = await customer(browser);
  await page.goto(made.url);
  const shopper = {page, answers: {...answers(), family_name: "Decline"}, card: CARD};
  await buy(shopper, /What you can do/);
  await shot(page, "390-credit-declined");
  await page.getByRole("button", {name: "Go on without credit"}).click();
  await page.waitForFunction(() => document.querySelector("#now")?.textContent !== "What you can do");
  await buy(shopper, DONE);
  assert.equal((await service.read(made)).status, "completed");
  await context.close();
});

test("northstar: a referred credit says who decides and that the page may be closed", async () => {
  const {service, browser} = here();
  const made = await service.create("northstar", PACKAGES["northstar"] ?? {});
  const {context, page} = await customer(browser);
  await page.goto(made.url);
  await buy({page, answers: {...answers(), family_name: "Refer"}, card: CARD}, /We are working on it/);
  await shot(page, "390-referred");
  assert.deepEqual(await violations(page), []);
  assert.match(await page.locator(".message").first().innerText(), /until|latest|decide/i);
  await page.getByRole("button", {name: "End this order"}).click();
  await shot(page, "390-end");
  await page.getByRole("button", {name: "End the order"}).click();
  await page.getByText("This order was ended").waitFor();
  await shot(page, "390-ended");
  await context.close();
});

test("northstar: a number is brought along, and the order says when it moves", async () => {
  const {service, browser} = here();
  const made = await service.create("pocket", PACKAGES["pocket"] ?? {});
  const {context, page} = await customer(browser);
  await page.goto(made.url);
  const mine = {...answers(), keep_number: true, pac: "abc 123 456", current_number: "07700 900123"};
  await buy({page, answers: mine, card: CARD}, DONE);
  await page.getByText(/Your number moves on/).waitFor();
  await context.close();
});

test("northstar: a bank's page for the card, and a provider's page that is left half way", async () => {
  const {service, browser} = here();
  const made = await service.create("northstar", PACKAGES["northstar"] ?? {});
  const {context, page} = await customer(browser);
  await page.goto(made.url);
  const shopper = {page, answers: answers(), card: "4000 0000 0000 3220"};
  await buy(shopper, /The signing of your agreement/);
  await page.locator("a.button.main").click();
  await page.locator("form button").first().waitFor();
  await page.goBack();
  await page.locator("#now").waitFor();
  assert.equal(await heading(page), "The signing of your agreement");
  await buy(shopper, DONE);
  assert.equal((await service.read(made)).status, "completed");
  await context.close();
});

test("northstar: a form that was sent can be changed until the yes", async () => {
  const {service, browser} = here();
  const made = await service.create("pocket", PACKAGES["pocket"] ?? {});
  const {context, page} = await customer(browser);
  await page.goto(made.url);
  await page.locator("#now").waitFor();
  const shopper = {page, answers: answers(), card: CARD};
  await act(shopper, await heading(page));
  await page.locator(".done-forms summary").click();
  await page.getByRole("button", {name: "Change: Your personal details"}).click();
  assert.equal(await heading(page), "Your personal details");
  assert.equal(await page.locator("[name=given_name]").inputValue(), "Ada");
  await page.locator("[name=given_name]").fill("Augusta");
  await act({...shopper, answers: {}}, "Your personal details");
  await buy(shopper, DONE);
  await context.close();
});


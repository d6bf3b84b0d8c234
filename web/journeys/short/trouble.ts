import assert from "node:assert/strict";
import {test} from "node:test";
import {customer, shot, violationsInBoth} from "../harness/browser.ts";
import {act, ANSWERS, buy, heading, payBy} from "../harness/shopper.ts";
import {PACKAGES, world} from "../harness/world.ts";

const here = world();
const CANARY = "Zwetschgenbaum";

test("a declined card leads on to another one, and wrong fields are said in words", async () => {
  const {service, browser} = here();
  const made = await service.create("northstar", PACKAGES["northstar"] ?? {});
  const {context, page, faults} = await customer(browser);
  await page.goto(made.url);
  await page.locator("form button").last().waitFor();
  await page.locator("[name=email]").fill("ada");
  await page.locator("form button").last().click();
  await page.locator(".summary-errors a").first().waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("role")), "alert");
  await shot(page, "390-errors");
  assert.deepEqual(await violationsInBoth(page), []);
  const said = await page.locator(".summary-errors").innerText();
  assert.match(said, /Given name is needed/);
  assert.match(said, /E-mail must be an e-mail address such as/);
  const shopper = {page, answers: ANSWERS, card: "4000 0000 0000 0002"};
  await buy(shopper, /What you can do/);
  await shot(page, "390-declined");
  assert.match(await page.locator(".message.error").innerText(), /declined/i);
  assert.deepEqual(await violationsInBoth(page), []);
  await payBy(page, "4242 4242 4242 4242");
  await page.waitForFunction(() => document.querySelector("#now")?.textContent === "Check and order");
  await buy({...shopper, card: "4242 4242 4242 4242"});
  assert.deepEqual(faults, []);
  const charges = (await service.ledger()).filter((one) => one.effect === "payment.charge");
  assert.equal(new Set(charges.map((one) => one.reference)).size, charges.length);
  await context.close();
});

test("a reload, a service that is killed, and a second tab lose nothing that was sent", async () => {
  const {service, browser} = here();
  const made = await service.create("pocket", PACKAGES["pocket"] ?? {});
  const {context, page} = await customer(browser);
  const answers = {...ANSWERS, family_name: CANARY};
  await page.goto(made.url);
  await page.locator("#now").waitFor();
  await act({page, answers, card: ""}, await heading(page));
  await page.reload();
  await page.locator("#now").waitFor();
  assert.equal(await heading(page), "Your address");
  await page.locator("[name=line1]").fill("1 High Street");
  await service.restart();
  assert.equal(await page.locator("[name=line1]").inputValue(), "1 High Street");
  const other = await context.newPage();
  await other.goto(page.url());
  await other.locator("#now").waitFor();
  assert.equal(await heading(other), "Your address");
  await act({page, answers, card: ""}, "Your address");
  await other.waitForFunction(() => document.querySelector("#now")?.textContent !== "Your address");
  await other.close();
  await buy({page, answers, card: ""});
  assert.equal((await service.read(made)).status, "completed");
  const kept = await page.evaluate(() => JSON.stringify([{...localStorage}, {...sessionStorage}, location.href, document.cookie]));
  assert.ok(!kept.includes(CANARY) && !kept.includes("ct_") && !kept.includes("ho_"), kept);
  await context.close();
});

test("a link that another browser opened, and no link at all, end on a page that says what to do", async () => {
  const {service, browser} = here();
  const made = await service.create("pocket", PACKAGES["pocket"] ?? {});
  const first = await customer(browser);
  await first.page.goto(made.url);
  await first.page.locator("form").waitFor();
  const thief = await customer(browser);
  await thief.page.goto(made.url);
  await thief.page.locator("a.button").waitFor();
  await shot(thief.page, "390-stolen-link");
  assert.match((await thief.page.locator("a.button").getAttribute("href")) ?? "", /^https:\/\/www\.pocket\.example/);
  assert.deepEqual(await violationsInBoth(thief.page), []);
  await thief.page.goto(`${service.url}/checkout#${made.id}`);
  await thief.page.getByText("not open on this device").waitFor();
  await thief.page.goto(`${service.url}/checkout`);
  await thief.page.getByText("Here is no checkout").waitFor();
  await first.context.close();
  await thief.context.close();
});

test("the first load of a checkout is at most 60 KiB of scripts and styles, from one origin", async () => {
  const {service, browser} = here();
  const made = await service.create("pocket", PACKAGES["pocket"] ?? {});
  const {context, page} = await customer(browser);
  const asked: string[] = [];
  let bytes = 0;
  page.on("response", async (response) => {
    asked.push(response.url());
    if (/\.(js|css)$/.test(response.url())) bytes += Number(response.headers()["content-length"] ?? 1e9);
  });
  await page.goto(made.url);
  await page.locator("form").waitFor();
  await page.locator(".logo").waitFor();
  assert.deepEqual(asked.filter((one) => !one.startsWith(service.url) && !one.startsWith("data:")), []);
  assert.ok(bytes > 5_000 && bytes <= 60 * 1024, String(bytes));
  assert.ok(asked.length <= 10, asked.join("\n"));
  await context.close();
});

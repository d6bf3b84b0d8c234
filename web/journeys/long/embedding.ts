import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {join} from "node:path";
import {test} from "node:test";
import type {BrowserContext, Page} from "playwright-core";
import {customer, shot, violationsInBoth} from "../harness/browser.ts";
import {ANSWERS} from "../harness/shopper.ts";
import {PACKAGES, world} from "../harness/world.ts";

const here = world();
const SHOP = "https://www.pocket.example"; // registered in the retailer's file
const GUIDE = join(import.meta.dirname, "../../../docs/embedding.md");
const CANARY = "Zwetschgenbaum";

/** A page of an origin that has what docs/embedding.md says, and keeps what it is told. */
async function shopPage(context: BrowserContext, origin: string, api: string, link: string): Promise<void> {
  const example = /```html\n([^]*?)```/.exec(readFileSync(GUIDE, "utf8"))?.[1] ?? "";
  const html = example.replace("https://checkout.example/checkout#ho_…", link).replace("https://checkout.example", api);
  const listener = `
    window.told = [];
    addEventListener("message", (event) => told.push(["message", event.origin, JSON.stringify(event.data)]));
    const element = document.querySelector("unshackled-checkout");
    for (const name of ["ready", "height", "completed", "canceled"]) {
      element.addEventListener(name, (event) => told.push([name, "", JSON.stringify(event.detail)]));
    }`;
  const body = `<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1>${html}<script>${listener}</script></html>`;
  await context.route(`${origin}/**`, (route) => route.fulfill({contentType: "text/html; charset=utf-8", body}));
}

const told = (page: Page) => page.evaluate(() => (globalThis as unknown as {told: string[][]}).told);

test("a shop embeds the checkout: its secret is in no address, and the page tells that shop alone", async () => {
  const {service, browser} = here();
  const made = await service.create("pocket", PACKAGES["pocket"] ?? {});
  const {context, page, faults} = await customer(browser);
  await shopPage(context, SHOP, service.url, made.url);
  const requests: string[] = [];
  context.on("request", (request) => requests.push(`${request.url()} ${request.headers()["referer"] ?? ""}`));
  await page.goto(`${SHOP}/basket`);
  const frame = page.frameLocator("unshackled-checkout iframe");
  await frame.locator("[name=family_name]").waitFor();
  const cookies = await context.cookies(`${service.url}/v1/checkouts/${made.id}`);
  assert.deepEqual(cookies.map((one) => [one.httpOnly, one.secure, one.sameSite]), [[true, true, "None"]]);
  for (const [name, value] of Object.entries({...ANSWERS, family_name: CANARY})) {
    const field = frame.locator(`[name="${name}"]`);
    if (typeof value === "string" && (await field.count())) await field.fill(value);
  }
  for (const [at, text] of ["10", "12", "1990"].entries()) await frame.locator(".date input").nth(at).fill(text);
  await frame.locator("form button").last().click();
  await frame.getByText("Your address").first().waitFor();
  await shot(page, "390-embedded");
  await page.reload(); // the link is used: the cookie of this frame counts
  await frame.getByText("Your address").first().waitFor();
  await frame.getByRole("button", {name: "End this order"}).click();
  await frame.getByRole("button", {name: "End the order"}).click();
  await page.waitForFunction(() => (globalThis as unknown as {told: string[][]}).told.some(([name]) => name === "canceled"));
  assert.equal(await page.title(), `${made.id} canceled`);
  const events = await told(page);
  assert.ok(events.some(([name]) => name === "ready") && events.some(([name]) => name === "height"));
  const end = JSON.parse(events.find(([name]) => name === "canceled")?.[2] ?? "{}");
  assert.equal(end.checkout, made.id);
  assert.match(end.url, /^https:\/\/www\.pocket\.example\/welcome\?.*result=ey/);
  await shot(page, "390-embedded-end");
  assert.ok(events.filter(([name]) => name === "message").every(([, origin]) => origin === service.url));
  const written = JSON.stringify([requests, events, await page.evaluate(() => [{...localStorage}, document.cookie, location.href])]);
  assert.ok(!written.includes(CANARY) && !requests.some((one) => one.includes("ho_")), written);
  assert.deepEqual(faults, []);
  await context.close();
});

test("no other page frames a checkout, and one that frames it is told nothing", async () => {
  const {service, browser} = here();
  const made = await service.create("pocket", PACKAGES["pocket"] ?? {});
  const {context, page} = await customer(browser);
  await shopPage(context, "https://evil.example", service.url, made.url);
  const refused: string[] = [];
  page.on("console", (message) => refused.push(message.text()));
  await page.goto("https://evil.example/");
  await page.locator("unshackled-checkout iframe").waitFor();
  for (let turn = 0; turn < 50 && !refused.some((one) => one.includes("frame-ancestors")); turn += 1) await page.waitForTimeout(50);
  assert.ok(refused.some((one) => one.includes("frame-ancestors")), refused.join("\n"));
  assert.deepEqual(await told(page), []);
  await page.goto("about:blank");
  await page.goto(made.url); // the link is still good
  await page.locator("form").waitFor();
  await context.close();
});

test("where a browser keeps no cookie in a frame, the same link opens the checkout on its own page", async () => {
  const {service, browser} = here();
  const made = await service.create("pocket", PACKAGES["pocket"] ?? {});
  const {context, page} = await customer(browser);
  await shopPage(context, SHOP, service.url, made.url);
  await context.addInitScript(() => {
    if (self !== top) Object.defineProperty(document, "cookie", {get: () => "", set: () => undefined});
  });
  await page.goto(`${SHOP}/basket`);
  const link = page.frameLocator("unshackled-checkout iframe").getByRole("link", {name: "Open the checkout on its own page"});
  await link.waitFor();
  await shot(page, "390-embedded-no-cookies");
  await link.click();
  await page.waitForURL(/\/checkout#chk_/);
  await page.locator("form").waitFor();
  assert.deepEqual(await violationsInBoth(page), []);
  await context.close();
});

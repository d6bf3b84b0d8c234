import assert from "node:assert/strict";
import {test} from "node:test";
import {customer, shot, violationsInBoth} from "../harness/browser.ts";
import {ANSWERS, buy} from "../harness/shopper.ts";
import {world} from "../harness/world.ts";

const here = world();

test("a customer builds a package in the shop, buys it, and is known to the shop's server by a signed result", async () => {
  const {service, browser} = here();
  const shop = await service.openShop();
  const {context, page, faults} = await customer(browser);
  await page.goto(`${shop}/northstar/`);
  await page.locator(".figures .today").waitFor();
  await page.getByLabel("Fern 8 Pro").check();
  await page.getByLabel("50 GB").first().check();
  await page.getByLabel("24 months, 0 % APR").check();
  await page.locator("[aria-busy=false] .contracts", {hasText: "£29.92"}).waitFor();
  await shot(page, "390-shop");
  assert.deepEqual(await violationsInBoth(page), []);
  const link = page.url();
  await page.reload();
  await page.locator("[aria-busy=false] .contracts", {hasText: "£29.92"}).waitFor();
  assert.equal(page.url(), link);
  await page.locator(".bar button").click();
  await page.waitForURL(/\/checkout#chk_/);
  await buy({page, answers: ANSWERS, card: "4242 4242 4242 4242"});
  const order = (await page.locator(".number strong").first().innerText()).trim();
  await page.getByRole("link", {name: "Back to the shop"}).click();
  await page.getByText("Thank you for your order").waitFor();
  assert.match(await page.locator("main").innerText(), new RegExp(order));
  await shot(page, "390-shop-back");
  assert.deepEqual(await violationsInBoth(page), []);
  await page.goto(page.url().replace(/.{12}$/, "AAAAAAAAAAAA"));
  await page.getByText("We are looking for your order").waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

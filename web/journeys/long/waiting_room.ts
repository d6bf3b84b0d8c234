import assert from "node:assert/strict";
import {test} from "node:test";
import {customer, launch, shot, violationsInBoth} from "../harness/browser.ts";
import {heading} from "../harness/shopper.ts";
import {Service} from "../harness/service.ts";
import {PACKAGES} from "../harness/world.ts";

test("who comes when too many do has a place in the waiting room, and is let in by itself", async () => {
  const [service, browser] = await Promise.all([
    new Service({UNSHACKLED_WAITING_ROOM_RATE: "60"}).start(),
    launch(),
  ]);
  try {
    let made = await service.create("pocket", PACKAGES["pocket"] ?? {});
    for (let others = 0; others < 14; others += 1) made = await service.create("pocket", PACKAGES["pocket"] ?? {});
    const {context, page, faults} = await customer(browser);
    await page.goto(made.url);
    await page.locator("#now").waitFor();
    assert.equal(await heading(page), "You are in the queue");
    await shot(page, "390-queue");
    assert.deepEqual(await violationsInBoth(page), []);
    const place = Number(await page.locator(".number strong").innerText());
    assert.ok(place >= 1);
    await page.reload();
    await page.locator(".number strong").waitFor();
    assert.ok(Number(await page.locator(".number strong").innerText()) <= place);
    await page.waitForFunction(() => document.querySelector("#now")?.textContent !== "You are in the queue", undefined, {timeout: 90_000});
    assert.equal(await page.locator("[name=email]").count(), 1);
    assert.deepEqual(faults, []);
    await context.close();
  } finally {
    await browser.close();
    await service.stop();
  }
});

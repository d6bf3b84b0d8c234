import assert from "node:assert/strict";
import {test} from "node:test";
import type {Page} from "playwright-core";
import {customer} from "../harness/browser.ts";
import {ANSWERS, heading} from "../harness/shopper.ts";
import {PACKAGES, world} from "../harness/world.ts";

const here = world();

/** What has the focus: its name, its kind, its words. */
function focused(page: Page): Promise<{name: string; id: string; tag: string; type: string; text: string}> {
  return page.evaluate(() => {
    const one = document.activeElement as HTMLInputElement;
    return {name: one.name ?? "", id: one.id, tag: one.tagName, type: one.type ?? "", text: one.textContent?.trim() ?? ""};
  });
}

/** Goes by Tab through the card, types into each field, and presses its button. */
async function goOn(page: Page): Promise<void> {
  const now = await heading(page);
  for (let stops = 0; stops < 60; stops += 1) {
    await page.keyboard.press("Tab");
    const at = await focused(page);
    if (at.tag === "BUTTON" && at.text === "Continue") return press(page, now, "Enter");
    if (at.tag === "BUTTON" && at.text.startsWith("Order")) return press(page, now, "Enter");
    if (at.id.startsWith("contact-date_of_birth")) {
      const [day = "", month = "", year = ""] = String(ANSWERS["date_of_birth"]).split("-");
      await page.keyboard.type(at.id.endsWith("year") ? year : at.id.endsWith("month") ? month : day);
    } else if (at.type === "radio") {
      await page.keyboard.press("Space");
    } else if (at.tag === "INPUT" && ANSWERS[at.name] !== undefined) {
      await page.keyboard.type(String(ANSWERS[at.name]));
    }
  }
  throw new Error(`no button was reached at ${now}`);
}

async function press(page: Page, before: string, key: string): Promise<void> {
  await page.keyboard.press(key);
  await page.waitForFunction((was) => document.querySelector("#now")?.textContent?.trim() !== was, before);
}

test("a customer buys by keyboard alone, and the focus is on what is new after each step", async () => {
  const {service, browser} = here();
  const made = await service.create("pocket", PACKAGES["pocket"] ?? {});
  const {context, page} = await customer(browser, {size: {width: 1440, height: 900}});
  await page.goto(made.url);
  await page.locator("#now").waitFor();
  await page.keyboard.press("Tab");
  assert.equal((await focused(page)).text, "Skip to the next thing to do");
  await page.keyboard.press("Enter");
  assert.equal((await focused(page)).id, "now");
  for (let turn = 0; turn < 12 && (await heading(page)) !== "Thank you"; turn += 1) {
    await goOn(page);
    await page.waitForFunction(() => document.activeElement?.id === "now");
  }
  assert.equal((await service.read(made)).status, "completed");
  await context.close();
});

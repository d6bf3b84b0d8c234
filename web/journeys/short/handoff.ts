import assert from "node:assert/strict";
import {join} from "node:path";
import {DatabaseSync} from "node:sqlite";
import {test} from "node:test";
import type {Page} from "playwright-core";
import {customer, shot, violationsInBoth} from "../harness/browser.ts";
import {PACKAGES, world} from "../harness/world.ts";

const here = world();
const POCKET = PACKAGES["pocket"] ?? {};

/** The page says why the link opens nothing, and leads to the shop for a new one. */
async function deadEnd(page: Page, id: string): Promise<string> {
  const way = page.locator("section.card a.button");
  await way.waitFor();
  assert.match((await way.getAttribute("href")) ?? "", new RegExp(`^https://www\\.pocket\\.example/.*[?&]checkout=${id}$`));
  assert.deepEqual(await violationsInBoth(page), []);
  assert.ok(!page.url().includes("ho_"));
  return page.locator("section.card").innerText();
}

test("a used link opens what it opened where it was used, and a link whose time ran out says so", async () => {
  const {service, browser} = here();
  const used = await service.create("pocket", POCKET);
  const {context, page} = await customer(browser);
  for (const again of [1, 2]) {
    await page.goto("about:blank");
    await page.goto(used.url);
    await page.locator("form").waitFor();
    assert.match(page.url(), new RegExp(`#${used.id}$`), String(again));
  }
  const late = await service.create("pocket", POCKET);
  const store = new DatabaseSync(join(service.folder, "journeys.db"));
  store.exec("PRAGMA busy_timeout = 5000");
  const now = new Date().toISOString().replace("Z", "000Z");
  const stored = store.prepare("UPDATE tokens SET expires_at = ? WHERE kind = 'handoff' AND checkout = ?");
  assert.equal(stored.run(now, late.id).changes, 1);
  store.close();
  await page.goto("about:blank");
  await page.goto(late.url);
  const said = await deadEnd(page, late.id);
  await shot(page, "390-late-link");
  assert.match(said, /15 minutes|time|expired/i);
  await context.close();
});

test("the link of a checkout that has ended says so, and no address sends a customer to a stranger", async () => {
  const {service, browser} = here();
  const evil = "https://evil.example/";
  await assert.rejects(service.create("pocket", {...POCKET, return_url: evil}), /return_url/);
  const made = await service.create("pocket", POCKET);
  const late = await service.create("pocket", POCKET);
  const {context, page} = await customer(browser);
  const headers = {Authorization: `Bearer ${late.token}`, "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID()};
  const ended = await fetch(`${service.url}/v1/checkouts/${late.id}/cancel`, {method: "POST", headers, body: '{"reason": "changed_mind"}'});
  assert.equal(ended.status, 200);
  await page.goto(late.url);
  await deadEnd(page, late.id);
  await shot(page, "390-ended-link");
  await page.goto(made.url.replace("/checkout#", `/checkout?return_url=${encodeURIComponent(evil)}#`));
  await page.locator("form").waitFor();
  await page.goto(`${service.url}/v1/returns/none?return_url=${encodeURIComponent(evil)}`);
  assert.ok(page.url().startsWith(service.url));
  const back = await fetch(`${service.url}/v1/checkouts/${late.id}`, {headers});
  assert.match((await back.json()).result.url, /^https:\/\/www\.pocket\.example\/welcome\?/);
  await context.close();
});

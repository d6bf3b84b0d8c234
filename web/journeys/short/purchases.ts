import assert from "node:assert/strict";
import {test} from "node:test";
import {customer, shot, violationsInBoth} from "../harness/browser.ts";
import {ANSWERS, buy} from "../harness/shopper.ts";
import {PACKAGES, world} from "../harness/world.ts";

const here = world();
const looked = new Set<string>();

for (const retailer of ["northstar", "pocket", "orbit"]) {
  test(`a customer of ${retailer} buys at 390 px, and no state has a fault that axe finds`, async () => {
    const {service, browser} = here();
    const made = await service.create(retailer, PACKAGES[retailer] ?? {});
    const {context, page, faults} = await customer(browser);
    const wrong: string[] = [];
    await page.goto(made.url);
    const seen = async (heading: string) => {
      await shot(page, `390-${retailer}-${String(looked.size).padStart(2, "0")}`);
      if (looked.has(heading)) return;
      looked.add(heading);
      wrong.push(...(await violationsInBoth(page)).map((one) => `${heading}: ${one}`));
    };
    const agreement = `AGR-1${String(Date.now() % 10_000).padStart(4, "0")}1`;
    await buy({page, answers: {...ANSWERS, agreement}, card: "4242 4242 4242 4242", seen});
    assert.deepEqual(wrong, []);
    assert.deepEqual(faults, []);
    const found = await service.read(made);
    assert.equal(found.status, "completed");
    assert.ok(await page.getByText(found.order?.number ?? "?").count());
    const [leaving] = await Promise.all([
      page.waitForRequest((one) => one.isNavigationRequest() && !one.url().startsWith(service.url)),
      page.getByRole("link", {name: "Back to the shop"}).click(),
    ]);
    const result = new URL(leaving.url()).searchParams.get("result") ?? "";
    const claims = JSON.parse(Buffer.from(result.split(".")[1] ?? "", "base64url").toString());
    assert.equal(claims.status, "completed");
    assert.equal(claims.sub, made.id);
    assert.equal(leaving.headers()["referer"], undefined);
    await context.close();
  });
}

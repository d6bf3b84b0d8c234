// A customer who knows no flow: does what the page shows, with what people would type.
import type {Page} from "playwright-core";

export type Answers = Record<string, string | boolean>;

/** What is typed into fields, by the names that the API gives them: as people write it. */
export const ANSWERS: Answers = {
  given_name: "Ada",
  family_name: "Byron",
  email: "ada@example.com",
  phone: "07700 900123",
  date_of_birth: "10-12-1990",
  line1: "1 High Street",
  town: "Leeds",
  postcode: "ls1 1aa",
  monthly_net_income: "2,500",
  monthly_housing_cost: "800.00",
  monthly_other_commitments: "£200",
  employment: "employed",
  account_holder: "Ada Byron",
  sort_code: "20-00-00",
  account_number: "5577 9911",
  given: true,
  imei: "49-015420-323751-8",
  model: "Fern 6",
  grade: "good",
};

export interface Shopper {
  page: Page;
  answers: Answers;
  card: string;
  /** Called at each state that the page shows, with its heading. */
  seen?: (heading: string) => Promise<void>;
}

export async function heading(page: Page): Promise<string> {
  return ((await page.locator("#now").first().textContent()) ?? "").trim();
}

/** Goes on until the page shows the order, or a heading that `until` takes. */
export async function buy(shopper: Shopper, until: RegExp = /^(Thank you|Vielen Dank)$/): Promise<void> {
  const {page} = shopper;
  for (let turn = 0; turn < 40; turn += 1) {
    await page.locator("#now").first().waitFor();
    const now = await heading(page);
    await shopper.seen?.(now);
    if (until.test(now)) return;
    await act(shopper, now);
  }
  throw new Error(`no end: ${await heading(page)}`);
}

/** Does the one thing that the page shows now, and waits until it shows another. */
export async function act(shopper: Shopper, now: string): Promise<void> {
  const {page} = shopper;
  const card = page.locator("section.card", {has: page.locator("#now")});
  if (await card.locator("a.button.main").count()) {
    await card.locator("a.button.main").click();
    await atProvider(page);
  } else if (await card.locator("iframe").count()) {
    await payBy(page, shopper.card);
  } else if (await card.locator("form").count()) {
    await fill(card.locator("form").first(), shopper.answers);
    await card.locator("form button").last().click();
  } else if (await card.locator("button").count()) {
    await card.locator("button").last().click();
  }
  try {
    await page.waitForFunction(
      (before) => {
        const found = document.querySelector("#now");
        return found !== null && found.textContent?.trim() !== before && !document.querySelector("[aria-disabled=true]");
      },
      now,
      {timeout: 20_000},
    );
  } catch {
    throw new Error(`nothing came of "${now}" at ${page.url()}: ${await page.locator("body").innerText()}`);
  }
}

type Form = ReturnType<Page["locator"]>;

async function fill(form: Form, answers: Answers): Promise<void> {
  for (const [name, answer] of Object.entries(answers)) {
    if (name === "date_of_birth") {
      const parts = form.locator(".date input");
      if ((await parts.count()) === 0) continue;
      for (const [at, text] of String(answer).split("-").entries()) await parts.nth(at).fill(text);
      continue;
    }
    const field = form.locator(`[name="${name}"]`);
    if ((await field.count()) === 0 || !(await field.first().isVisible())) continue;
    const type = (await field.first().getAttribute("type")) ?? "select";
    if (typeof answer === "boolean") await field.first().setChecked(answer);
    else if (type === "radio") await form.locator(`[name="${name}"][value="${answer}"]`).check();
    else if (type === "select") await field.first().selectOption(answer);
    else await field.first().fill(answer);
  }
  const tiles = form.locator(".tile input");
  if (await tiles.count()) await tiles.first().check();
}

/** Types a card into the payment provider's own frame. */
export async function payBy(page: Page, number: string): Promise<void> {
  const frame = page.frameLocator(".card-frame iframe");
  await frame.locator("[name=number]").fill(number);
  await frame.locator("[name=expiry]").fill("1230");
  await frame.locator("[name=code]").fill("123");
  await frame.locator("button").click();
}

/** Says yes on a provider's page, which sends the browser back to ours. */
export async function atProvider(page: Page, choice = ""): Promise<void> {
  const button = page.locator(choice ? `button[value=${choice}]` : "form button").first();
  await button.click();
  await page.waitForURL(/\/checkout#chk_/);
  await page.locator("#now").first().waitFor();
}

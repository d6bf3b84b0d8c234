// One real Chromium for all journeys: no root, nothing installed outside npm's folder.
import {mkdirSync, readFileSync} from "node:fs";
import {createRequire} from "node:module";
import {join} from "node:path";
import chromium from "@sparticuz/chromium";
import {type Browser, type BrowserContext, chromium as playwright, type Page} from "playwright-core";

export const PHONE = {width: 390, height: 844};
export const DESK = {width: 1440, height: 900};
const SHOTS = join(import.meta.dirname, "../screenshots");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export interface Look {
  size?: {width: number; height: number};
  dark?: boolean;
  locale?: string;
}

export async function launch(): Promise<Browser> {
  const args = chromium.args.filter((one) => !/single-process|disable-web-security|site-per-process|isolat/i.test(one));
  // Journeys give a page of the service, which is on this machine, to shops on the public net.
  const off = args.filter((one) => one.startsWith("--disable-features=")).map((one) => one.split("=")[1]);
  args.push(`--disable-features=${[...off, "LocalNetworkAccessChecks"].join(",")}`);
  return playwright.launch({executablePath: await chromium.executablePath(), args: [...args, "--no-sandbox"], headless: true});
}

/** A customer's browser with nothing in it yet; what breaks on its pages is kept in `faults`. */
export async function customer(browser: Browser, look: Look = {}): Promise<{context: BrowserContext; page: Page; faults: string[]}> {
  const size = look.size ?? PHONE;
  const context = await browser.newContext({
    viewport: size,
    deviceScaleFactor: 1,
    isMobile: size.width < 600,
    hasTouch: size.width < 600,
    colorScheme: look.dark ? "dark" : "light",
    reducedMotion: "reduce",
    locale: look.locale ?? "en-GB",
    timezoneId: "Europe/London",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    const refused = /status of 4\d\d|net::ERR/.test(message.text());
    if (message.type() === "error" && !refused) faults.push(message.text());
  });
  return {context, page, faults};
}

/** Keeps what the page looks like now. */
export async function shot(page: Page, name: string): Promise<void> {
  if (!process.env["SCREENSHOTS"]) return;
  mkdirSync(SHOTS, {recursive: true});
  await page.screenshot({path: join(SHOTS, `${name}.png`), fullPage: true});
}

/** What axe-core finds wrong with the page as it is now, in one line each. */
export async function violations(page: Page): Promise<string[]> {
  // Injected by the debugger: the page's own policy lets no script in.
  await page.evaluate(AXE + ";0");
  const found = await page.evaluate(async () => {
    const axe = (globalThis as unknown as {axe: {run(options: object): Promise<{violations: {id: string; nodes: {html: string; failureSummary: string}[]}[]}>}}).axe;
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    return (await axe.run({runOnly: tags, iframes: false, preload: false})).violations;
  });
  return found.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 200)}`));
}

/** The same in light and in dark. */
export async function violationsInBoth(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({colorScheme});
    found.push(...(await violations(page)).map((one) => `${colorScheme} ${one}`));
  }
  await page.emulateMedia({colorScheme: "light"});
  return found;
}

// How a browser comes to a checkout: by a secret in the fragment once, by its id afterwards.
import {type Answer, answered, api, slugOf} from "../shared/api";
import {embedded, keepsCookies, secretOfShop} from "./embedding";
import {appearance, checkout, closed, deadEnd, refresh, unusedLink} from "./state";

/** Exchanges the secret for a cookie of this checkout; the page never holds a token. */
async function redeem(secret: string): Promise<Answer<{checkout: string}>> {
  return answered(api.POST("/v1/handoffs/redeem", {body: {secret, credential: "cookie", embedded}}));
}

/** Opens what the address names. */
export async function open(): Promise<void> {
  const given = embedded ? secretOfShop() : null; // listens from now on
  const fragment = decodeURIComponent(location.hash.slice(1)) || ((await given) ?? "");
  if (fragment.startsWith("ho_")) {
    // Gone from the address before anything is waited for.
    history.replaceState(null, "", location.pathname);
    if (embedded && !keepsCookies()) return goToTop(fragment);
    const answer = await redeem(fragment);
    const id = answer.kind === "done" ? answer.body.checkout : openedBefore(answer);
    if (id === null) return refuse(answer, fragment);
    history.replaceState(null, "", `${location.pathname}#${id}`);
    await show(id);
  } else if (/^chk_[0-9A-Z]{26}$/.test(fragment)) {
    await show(fragment);
  } else {
    closed.value = "none";
  }
}

async function show(id: string): Promise<void> {
  if (await refresh(id)) await dress();
}

/** The link is not used up: the customer opens it on a page of its own. */
function goToTop(secret: string): void {
  unusedLink.value = `/checkout#${secret}`;
  closed.value = "no-cookies";
}

/** The checkout that this very browser opened with the link before. */
function openedBefore(answer: Answer<unknown>): string | null {
  if (answer.kind !== "refused" || slugOf(answer.problem) !== "handoff-used") return null;
  const id = (answer.problem as {checkout?: unknown}).checkout;
  return typeof id === "string" ? id : null;
}

function refuse(answer: Answer<unknown>, secret: string): void {
  if (answer.kind === "refused") {
    deadEnd.value = answer.problem;
    closed.value = "link-ended";
  } else {
    // Not used: the address keeps it for another try; in a frame the shop's page does.
    if (!embedded) history.replaceState(null, "", `${location.pathname}#${secret}`);
    closed.value = "unreached";
  }
}

/** Puts the retailer's theme on, and learns its name and words. */
async function dress(): Promise<void> {
  const present = checkout.value;
  if (!present) return;
  const params = {path: {retailer: present.retailer}, query: {locale: present.locale}};
  const answer = await answered(api.GET("/v1/retailers/{retailer}/appearance", {params}));
  if (answer.kind !== "done") return;
  appearance.value = answer.body;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = answer.body.stylesheet;
  document.head.append(link);
}

/**
 * Marks this browser as one that buys on our page, right before it leaves for a provider's: so that
 * it comes back here. It names the checkout, and opens nothing.
 */
export function markReturn(id: string): void {
  if (embedded) return; // it opens in a tab of its own, and this page stays
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `unshackled_page_${id}=1; Path=/v1/returns; Max-Age=86400; SameSite=Lax${secure}`;
}

// How a browser comes to a checkout: by a secret in the fragment once, by its id afterwards.
import {type Answer, answered, api, type Problem} from "../shared/api";
import {appearance, checkout, closed, refresh} from "./state";

interface Redeemed {
  checkout: string;
}

/** Exchanges the secret for a cookie of this checkout; the page never holds a token. */
async function redeem(secret: string): Promise<Answer<Redeemed>> {
  return answered<Redeemed>(
    api.POST("/v1/handoffs/{token}/redeem", {params: {path: {token: secret}}}),
  );
}

/** Opens what the address names. */
export async function open(): Promise<void> {
  const fragment = decodeURIComponent(location.hash.slice(1));
  if (fragment.startsWith("ho_")) {
    // Gone from the address before anything is waited for.
    history.replaceState(null, "", location.pathname);
    const answer = await redeem(fragment);
    if (answer.kind !== "done") return refuse(answer.kind === "refused" ? answer.problem : null);
    history.replaceState(null, "", `${location.pathname}#${answer.body.checkout}`);
    await show(answer.body.checkout);
  } else if (/^chk_[0-9A-Z]{26}$/.test(fragment)) {
    await show(fragment);
  } else {
    closed.value = "none";
  }
}

async function show(id: string): Promise<void> {
  if (await refresh(id)) await dress();
}

function refuse(problem: Problem | null): void {
  closed.value = problem === null ? "unreached" : "link-ended";
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
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `unshackled_page_${id}=1; Path=/v1/returns; Max-Age=86400; SameSite=Lax${secure}`;
}

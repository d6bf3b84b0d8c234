// In a frame of a shop's page: who frames us, its one-time secret, and what it is told.
import {effect} from "@preact/signals";
import {answered, api} from "../shared/api";
import {checkout, closed} from "./state";

const SOURCE = "unshackled-checkout";
const AGAIN_MS = 3000;

/** Whether the page is in a frame of the shop's: then its cookie is kept for that shop alone. */
export const embedded = self !== top;

/** Resolves with the shop's secret; nothing is told to anybody before. */
let secret: Promise<string> | undefined;

/** The one-time secret, from a page of the retailer's registered origins and from no other. */
export function secretOfShop(): Promise<string> {
  secret ??= new Promise((resolve) => {
    const origins = registered();
    addEventListener("message", (event: MessageEvent<unknown>) => {
      const told = event.data as {source?: unknown; type?: unknown; secret?: unknown} | null;
      if (event.source !== parent || told?.source !== SOURCE || told.type !== "handoff") return;
      const {secret: given} = told;
      if (typeof given !== "string") return;
      void origins.then((known) => {
        if (!known.includes(event.origin)) return;
        tell(event.origin);
        resolve(given);
      });
    });
  });
  return secret;
}

/** The origins that the retailer of our address registered. */
async function registered(): Promise<string[]> {
  const retailer = location.pathname.split("/")[2] ?? "";
  const params = {path: {retailer}};
  for (;;) {
    const answer = await answered(api.GET("/v1/retailers/{retailer}/appearance", {params}));
    if (answer.kind === "done") return answer.body.origins;
    if (answer.kind === "refused") return [];
    await new Promise((again) => setTimeout(again, AGAIN_MS));
  }
}

let told = false;

/** Tells the shop from now on how high the page is, and what became of the checkout. */
function tell(origin: string): void {
  if (told) return;
  told = true;
  const post = (type: string, more: object = {}) => parent.postMessage({source: SOURCE, type, ...more}, origin);
  const page = document.getElementById("page");
  let ready = false;
  let end = "";
  effect(() => {
    if (!ready && closed.value !== "opening") {
      ready = true;
      post("ready");
    }
    const found = checkout.value;
    if (!found || end === found.status || !["completed", "canceled"].includes(found.status)) return;
    end = found.status;
    post(end, {checkout: found.id, url: found.result?.url ?? null});
  });
  if (!page) return;
  // The page is as high as what is in it: else it would grow with its frame for ever.
  page.classList.add("framed");
  new ResizeObserver(() => post("height", {height: page.scrollHeight})).observe(page);
}

/** Whether the browser keeps a cookie in this frame; some keep none, whatever it says. */
export function keepsCookies(): boolean {
  const probe = "unshackled_probe=1";
  const kind = "Path=/checkout; SameSite=None; Secure; Partitioned";
  document.cookie = `${probe}; Max-Age=60; ${kind}`;
  const kept = document.cookie.includes(probe);
  document.cookie = `${probe}; Max-Age=0; ${kind}`;
  return kept;
}

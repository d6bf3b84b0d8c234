// <unshackled-checkout>: opens the hosted checkout in a frame of a shop's page. It imports nothing.

const SOURCE = "unshackled-checkout";
const HIGHEST = 20_000;

/** Where a one-time link leads, as a frame opens it: the secret apart, and in no address. */
export interface Target {
  origin: string;
  page: string;
  secret: string;
}

/** The target of a link, or null where it is no link of a checkout. */
export function targetOf(link: string | null, retailer: string | null): Target | null {
  if (!link || !retailer || !/^[a-z0-9][a-z0-9_-]*$/.test(retailer) || !URL.canParse(link)) return null;
  const {origin, protocol, hash} = new URL(link);
  if (!/^https?:$/.test(protocol) || !/^#ho_[\w-]+$/.test(hash)) return null;
  return {origin, page: `${origin}/checkout/${retailer}`, secret: hash.slice(1)};
}

/** What the page told, as an event of the element; null where it is none of ours. */
export function heard(data: unknown): {type: string; detail: Record<string, unknown>} | null {
  if (typeof data !== "object" || data === null) return null;
  const {source, type, height, checkout, url} = data as Record<string, unknown>;
  if (source !== SOURCE) return null;
  if (type === "ready") return {type, detail: {}};
  if (type === "height" && typeof height === "number" && height >= 0) {
    return {type, detail: {height: Math.min(Math.ceil(height), HIGHEST)}};
  }
  if (type !== "completed" && type !== "canceled") return null;
  return {type, detail: {checkout, url: typeof url === "string" ? url : null}};
}

function define(): void {
  class UnshackledCheckout extends HTMLElement {
    static observedAttributes = ["handoff", "retailer"];
    #frame: HTMLIFrameElement | null = null;
    #target: Target | null = null;
    #present = false;

    connectedCallback(): void {
      this.#present = true;
      addEventListener("message", this.#hear);
      this.#open();
    }

    disconnectedCallback(): void {
      this.#present = false;
      removeEventListener("message", this.#hear);
      this.#frame?.remove();
      this.#frame = this.#target = null;
    }

    attributeChangedCallback(): void {
      if (this.#present) this.#open();
    }

    #open(): void {
      const target = targetOf(this.getAttribute("handoff"), this.getAttribute("retailer"));
      if (target?.secret === this.#target?.secret && target?.page === this.#target?.page) return;
      this.#frame?.remove();
      this.#frame = null;
      this.#target = target;
      if (!target) return;
      const frame = document.createElement("iframe");
      frame.src = target.page;
      frame.title = this.getAttribute("label") ?? "Checkout";
      frame.referrerPolicy = "no-referrer";
      frame.allow = "payment; clipboard-write";
      frame.style.cssText = "border:0;display:block;width:100%;height:40rem";
      // Each page that the frame loads learns so who frames it; only the checkout's origin hears it.
      frame.addEventListener("load", () => {
        const told = {source: SOURCE, type: "handoff", secret: target.secret};
        frame.contentWindow?.postMessage(told, target.origin);
      });
      this.#frame = frame;
      this.append(frame);
    }

    #hear = (event: MessageEvent): void => {
      const frame = this.#frame;
      if (!frame || event.source !== frame.contentWindow || event.origin !== this.#target?.origin) return;
      const found = heard(event.data);
      if (!found) return;
      if (found.type === "height") frame.style.height = `${String(found.detail["height"])}px`;
      this.dispatchEvent(new CustomEvent(found.type, {detail: found.detail}));
    };
  }
  customElements.get(SOURCE) ?? customElements.define(SOURCE, UnshackledCheckout);
}

if (typeof customElements !== "undefined") define();

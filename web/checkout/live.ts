// Following a checkout: by its stream, and by asking where there is none.
import type {Checkout} from "../shared/api";
import {checkout, closed, hear, offline, refresh} from "./state";

const POLL_MS = 4000;
let stream: EventSource | null = null;
let timer: number | undefined;

/** Follows the checkout until it ends; may be called again at any time. */
export function follow(id: string): void {
  stop();
  if (ended()) return;
  stream = new EventSource(`/v1/checkouts/${id}/stream`);
  stream.addEventListener("checkout", (event: MessageEvent<string>) => {
    hear(JSON.parse(event.data) as Checkout);
  });
  stream.addEventListener("open", () => {
    offline.value = false;
    window.clearTimeout(timer);
  });
  stream.addEventListener("error", () => {
    // The browser connects again by itself, unless it was told not to; we ask meanwhile.
    if (stream?.readyState === EventSource.CLOSED) stop();
    poll(id);
  });
}

function poll(id: string): void {
  window.clearTimeout(timer);
  timer = window.setTimeout(async () => {
    const found = await refresh(id);
    if (ended() || closed.value === "signed-out") return stop();
    if (found && stream === null) return follow(id);
    if (!found || stream?.readyState !== EventSource.OPEN) poll(id);
  }, POLL_MS);
}

function stop(): void {
  stream?.close();
  stream = null;
  window.clearTimeout(timer);
}

/** Whether nothing will change any more. */
function ended(): boolean {
  const found = checkout.value;
  return found !== null && found.settled && ["completed", "canceled"].includes(found.status);
}

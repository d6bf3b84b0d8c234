import type {Checkout} from "../../shared/api";
import {word} from "../../shared/words";
import {checkout as present, refresh} from "../state";

/** The way back to the retailer, with the signed result of what has ended. */
export function BackToShop({checkout}: {checkout: Checkout}) {
  const back = checkout.result?.url ?? checkout.links.find((one) => one.rel === "return")?.href;
  return back ? (
    <a class="button quiet" href={back} target="_top" rel="noreferrer" onClick={(event) => void leave(event, checkout)}>
      {word("backToShop")}
    </a>
  ) : null;
}

/** A result counts for minutes and a page stays open for days: it is read anew on leaving. */
async function leave(event: MouseEvent, checkout: Checkout): Promise<void> {
  if (!checkout.result) return;
  event.preventDefault();
  await refresh(checkout.id);
  // The whole page, also out of a frame: the customer has just clicked, so browsers let us.
  const page = top ?? window;
  page.location.href = present.peek()?.result?.url ?? checkout.result.url;
}

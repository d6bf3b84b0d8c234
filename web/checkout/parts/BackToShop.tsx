import type {Checkout} from "../../shared/api";
import {word} from "../../shared/words";

/** The way back to the retailer, where the checkout names one. */
export function BackToShop({checkout}: {checkout: Checkout}) {
  const back = checkout.links.find((one) => one.rel === "return");
  return back ? (
    <a class="button quiet" href={back.href} rel="noreferrer">
      {word("backToShop")}
    </a>
  ) : null;
}

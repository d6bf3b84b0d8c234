import type {Checkout} from "../../shared/api";
import {word} from "../../shared/words";
import {NowHeading} from "../actions/Action";

/** Somebody else is at work: the messages above say who, and until when. */
export function Waiting({checkout}: {checkout: Checkout}) {
  const until = checkout.messages.map((one) => one.params["until"]).find((one) => typeof one === "string");
  const long = until !== undefined && Date.parse(until as string) - Date.now() > 5 * 60_000;
  return (
    <section class="card waiting" aria-labelledby="now">
      <span class="spinner big" aria-hidden="true" />
      <NowHeading id="waiting">{word("waitingTitle")}</NowHeading>
      <p>{word(long ? "mayClose" : "busy")}</p>
    </section>
  );
}

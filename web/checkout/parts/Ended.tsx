import type {Checkout} from "../../shared/api";
import {word} from "../../shared/words";
import {NowHeading} from "../actions/Action";
import {BackToShop} from "./BackToShop";

/** The order was ended. */
export function Ended({checkout}: {checkout: Checkout}) {
  return (
    <div class="narrow">
      <section class="card" aria-labelledby="now">
        <NowHeading id="ended">{word("endedTitle")}</NowHeading>
        {checkout.messages.map((one) => (
          <p key={one.code}>{one.content}</p>
        ))}
        {checkout.messages.length === 0 && <p>{word("endedNote")}</p>}
        <BackToShop checkout={checkout} />
      </section>
    </div>
  );
}

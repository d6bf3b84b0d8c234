import type {Checkout} from "../../shared/api";
import {word} from "../../shared/words";
import {NowHeading} from "../actions/Action";
import {BackToShop} from "./BackToShop";
import {Messages} from "./Messages";

/** The order was ended. */
export function Ended({checkout}: {checkout: Checkout}) {
  return (
    <div class="narrow">
      <Messages messages={checkout.messages} />
      <section class="card" aria-labelledby="now">
        <NowHeading id="ended">{word("endedTitle")}</NowHeading>
        <p>{word("endedNote")}</p>
        <BackToShop checkout={checkout} />
      </section>
    </div>
  );
}

import type {Word} from "../../shared/words";
import {word} from "../../shared/words";
import type {Closed} from "../state";

const TITLES: Record<Exclude<Closed, "opening">, [Word, Word]> = {
  none: ["noCheckout", "noCheckoutNote"],
  "link-ended": ["linkEnded", "linkEndedNote"],
  "signed-out": ["signedOut", "signedOutNote"],
  unreached: ["unreached", "unreachedNote"],
};

/** No checkout to show: why, and what to do. */
export function ClosedPage({why}: {why: Closed}) {
  if (why === "opening") {
    return (
      <div class="card waiting" role="status">
        <span class="spinner big" aria-hidden="true" />
        <p>{word("loading")}</p>
      </div>
    );
  }
  const [title, note] = TITLES[why];
  return (
    <section class="card narrow" aria-labelledby="now">
      <h2 id="now" tabIndex={-1}>
        {word(title)}
      </h2>
      <p>{word(note)}</p>
    </section>
  );
}

import type {Word} from "../../shared/words";
import {word} from "../../shared/words";
import {type Closed, deadEnd, unusedLink} from "../state";

const TITLES: Record<Exclude<Closed, "opening">, [Word, Word]> = {
  none: ["noCheckout", "noCheckoutNote"],
  "link-ended": ["linkEnded", "linkEndedNote"],
  "signed-out": ["signedOut", "signedOutNote"],
  "no-cookies": ["openAtTop", "openAtTopNote"],
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
  const problem = why === "link-ended" ? deadEnd.value : null;
  return (
    <section class="card narrow" aria-labelledby="now">
      <h2 id="now" tabIndex={-1}>
        {problem ? word("linkOpensNothing") : word(title)}
      </h2>
      <p>{problem?.message ?? word(note)}</p>
      {problem && <ShopLink problem={problem} />}
      {why === "no-cookies" && (
        <a class="button main" href={unusedLink.value} target="_top" rel="noreferrer">
          {word("openAtTop")}
        </a>
      )}
    </section>
  );
}

/** Where a new link is to be had. */
function ShopLink({problem}: {problem: object}) {
  const shop = (problem as {shop?: {name: string; url: string | null}}).shop;
  return shop?.url ? (
    <a class="button main" href={shop.url} target="_top" rel="noreferrer">
      {word("toShop", {name: shop.name})}
    </a>
  ) : null;
}

import {word} from "../../shared/words";
import {appearance, checkout} from "../state";

/** Whose checkout it is. */
export function Header() {
  const retailer = appearance.value;
  const test = checkout.value?.livemode === false;
  return (
    <header class="header">
      <div class="inner">
        {retailer?.logo ? (
          <img class="logo" src={retailer.logo} alt={retailer.name} />
        ) : (
          <span class="name">{retailer?.name ?? " "}</span>
        )}
        <h1>
          <svg class="lock" viewBox="0 0 16 16" aria-hidden="true">
            <path d="M4 7V5a4 4 0 0 1 8 0v2h1v8H3V7zm2 0h4V5a2 2 0 0 0-4 0z" />
          </svg>
          {word("checkout")}
        </h1>
      </div>
      {test && <p class="test">{word("testMode")}</p>}
    </header>
  );
}

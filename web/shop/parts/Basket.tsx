import {useState} from "preact/hooks";
import {Contracts, Figures, monthlyOf} from "../../checkout/parts/Summary";
import {money} from "../../shared/format";
import {word} from "../../shared/words";
import {leave, problem, quoted, state} from "../state";
import {label} from "../words";

/** What it costs, why it cannot be had like this, and the way to the checkout. */
export function Basket() {
  const found = quoted.value;
  const refusal = problem.value;
  return (
    <aside class="summary open" aria-label={word("yourOrder")} aria-busy={state.value === "pricing"}>
      <h2>{word("yourOrder")}</h2>
      {found && <Figures checkout={found} />}
      <div role="status" class="messages">
        {state.value === "pricing" && !found && <p class="aside">{label("pricing")}</p>}
        {refusal && (
          <ul class="refusals">
            {(refusal.errors?.length ? refusal.errors : [{path: "", message: refusal.detail ?? refusal.title}]).map(
              (one) => (
                <li class="message error" key={one.path}>
                  {sentence(one.path, one.message)}
                </li>
              ),
            )}
          </ul>
        )}
        {state.value === "unreached" && <p class="message error">{label("unreached")}</p>}
      </div>
      <Leave />
      {found && <Contracts checkout={found} />}
      <Share />
    </aside>
  );
}

/** On a small screen: the price of now and the way on, always in reach. */
export function Bar() {
  const found = quoted.value;
  const monthly = found ? monthlyOf(found) : 0;
  return (
    <div class="bar">
      {found && (
        <p>
          <b>{money(found.quote.due_today, found.currency)}</b> {word("today").toLowerCase()}
          {monthly > 0 && (
            <>
              <br />
              {label("aMonth", {amount: money(monthly, found.currency)})}
            </>
          )}
        </p>
      )}
      <Leave />
    </div>
  );
}

function Leave() {
  const busy = state.value === "leaving";
  return (
    <button class="main" aria-disabled={!quoted.value || busy} onClick={() => void leave()}>
      {busy ? label("opening") : label("toCheckout")}
    </button>
  );
}

/** What is wrong, after the part that it is about. */
function sentence(path: string, message: string): string {
  const part = path.split(".")[1] ?? "";
  const names: Record<string, string> = {
    handset: label("phone"),
    tariff: label("plan"),
    credit: label("pay"),
    accessories: label("accessories"),
    trade_in: label("tradeIn"),
    upgrade: label("agreement"),
  };
  return names[part] ? `${names[part]}: ${message}` : message;
}

function Share() {
  const [told, tell] = useState(false);
  return (
    <p>
      <button
        class="link"
        onClick={() => void navigator.clipboard.writeText(location.href).then(() => tell(true))}
      >
        {label("share")}
      </button>
      <span role="status">{told && label("shared")}</span>
    </p>
  );
}

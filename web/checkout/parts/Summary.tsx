import type {Checkout, Contract} from "../../shared/api";
import {day, money} from "../../shared/format";
import {word} from "../../shared/words";

/** What is bought and what it costs; on a phone one line that opens. */
export function Summary({checkout}: {checkout: Checkout}) {
  const {currency} = checkout;
  const monthly = monthlyOf(checkout);
  return (
    <aside class="summary" aria-label={word("yourOrder")}>
      <details open={matchMedia("(min-width: 60rem)").matches}>
        <summary>
          <span class="unseen">{word("showOrder")}: </span>
          <span class="figure">
            <b>{money(checkout.quote.due_today, currency)}</b> {word("today").toLowerCase()}
          </span>
          {monthly > 0 && (
            <span class="figure">
              <b>{money(monthly, currency)}</b> {word("eachMonth").toLowerCase()}
            </span>
          )}
        </summary>
        <h2>{word("yourOrder")}</h2>
        <Contracts checkout={checkout} />
        <Figures checkout={checkout} />
      </details>
    </aside>
  );
}

/** What each month begins with. */
export function monthlyOf(checkout: Priced): number {
  return checkout.quote.contracts.reduce((sum, one) => sum + (one.per_month?.[0]?.amount ?? 0), 0);
}

/** What has a price: a checkout, or a quote of the shop. */
export type Priced = Pick<Checkout, "quote" | "currency">;

/** Today, each month, in total. */
export function Figures({checkout}: {checkout: Priced}) {
  const {currency, quote} = checkout;
  const monthly = monthlyOf(checkout);
  const example = quote.representative_example;
  return (
    <div class="figures">
      <dl>
        <div class="today">
          <dt>{word("today")}</dt>
          <dd>{money(quote.due_today, currency)}</dd>
        </div>
        <div>
          <dt>{word("eachMonth")}</dt>
          <dd>{monthly > 0 ? money(monthly, currency) : word("nothing")}</dd>
        </div>
        <div>
          <dt>{word("inTotal")}</dt>
          <dd>{money(quote.total_payable, currency)}</dd>
        </div>
      </dl>
      {quote.trade_in_estimate > 0 && (
        <p class="aside">{word("tradeInEstimate", {amount: money(quote.trade_in_estimate, currency)})}</p>
      )}
      {example && (
        <p class="example">
          {example.text}
        </p>
      )}
    </div>
  );
}

/** Phone, airtime and credit apart: each its own contract. */
export function Contracts({checkout}: {checkout: Priced}) {
  return (
    <ul class="contracts">
      {checkout.quote.contracts.map((one, at) => (
        <li key={at}>
          <p class="part">{word(one.part)}</p>
          <p class="title">{one.title}</p>
          <Terms contract={one} currency={checkout.currency} />
        </li>
      ))}
    </ul>
  );
}

function Terms({contract, currency}: {contract: Contract; currency: string}) {
  const months = contract.per_month ?? [];
  const paid = (amount: number) => money(amount, currency);
  const how = [
    contract.price != null && contract.price !== contract.due_today && word("cashPrice", {amount: paid(contract.price)}),
    contract.financed ? word("onCredit", {amount: paid(contract.financed)}) : false,
    contract.traded_in ? word("tradedIn", {amount: paid(contract.traded_in)}) : false,
  ].filter(Boolean);
  return (
    <>
      {how.length > 0 && <p class="aside">{how.join(" · ")}</p>}
      {(contract.due_today !== 0 || months.length === 0) && <p>{word("payToday", {amount: paid(contract.due_today)})}</p>}
      {months.map((one) => (
        <p key={one.from_month}>
          {word("aMonth", {amount: paid(one.amount)})}{" "}
          <span class="aside">
            {one.months === 1 ? word("forOneMonth") : word("forMonths", {count: one.months})}
            {one.from_month > 1 && one.begins && `, ${word("fromDay", {day: day(one.begins)})}`}
          </span>
        </p>
      ))}
      {contract.ends && (
        <p class="aside">
          {word("ends", {day: day(contract.ends)})} · {word("totalOf", {amount: paid(contract.total)})}
        </p>
      )}
    </>
  );
}

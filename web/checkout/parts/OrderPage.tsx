import type {Checkout} from "../../shared/api";
import {day, money, time} from "../../shared/format";
import {word} from "../../shared/words";
import {NowHeading} from "../actions/Action";
import {appearance} from "../state";
import {BackToShop} from "./BackToShop";
import {Messages} from "./Messages";
import {Papers} from "./Papers";
import {SimCard} from "./SimCard";
import {Contracts, Figures} from "./Summary";

/** The order, and what happens next. */
export function OrderPage({checkout}: {checkout: Checkout}) {
  const {order, fulfilment} = checkout;
  return (
    <div class="columns">
      <div class="main-column">
        <section class="card order" aria-labelledby="now">
          <span class="tick-mark big" aria-hidden="true" />
          <NowHeading id="order">{word("thanks")}</NowHeading>
          {appearance.value?.thanks && <p>{appearance.value.thanks}</p>}
          {order?.number && (
            <p class="number">
              {word("orderNumber")} <strong>{order.number}</strong>
            </p>
          )}
          {order && <p class="aside">{word("ordered", {day: day(order.placed_at)})}</p>}
          <BackToShop checkout={checkout} />
        </section>
        <Messages messages={checkout.messages} />
        {fulfilment?.lines.map((line, at) => <SimCard key={at} line={line} checkout={checkout} />)}
        {fulfilment?.lines.length === 0 && checkout.selection["tariff"] != null && (
          <section class="card waiting">
            <span class="spinner" aria-hidden="true" />
            <p>{word("simUnderWay")}</p>
          </section>
        )}
        <Parcel checkout={checkout} />
        <Payments checkout={checkout} />
        <section class="card">
          <Papers id={checkout.id} version={checkout.version} />
          <Numbers checkout={checkout} />
        </section>
      </div>
      <aside class="summary open" aria-label={word("yourOrder")}>
        <h2>{word("yourOrder")}</h2>
        <Contracts checkout={checkout} />
        <Figures checkout={checkout} />
      </aside>
    </div>
  );
}

function Parcel({checkout}: {checkout: Checkout}) {
  const delivery = checkout.fulfilment?.deliveries[0];
  const {dispatch} = checkout;
  const rows = [
    delivery?.starts && [word("delivery"), `${day(delivery.starts)}, ${time(delivery.starts)}–${time(delivery.ends ?? "")}`],
    dispatch?.promised && !delivery && [word("delivery"), word("sentFrom", {day: day(dispatch.promised)})],
    dispatch?.tracking && [word("tracking"), dispatch.tracking],
    ...(checkout.fulfilment?.trade_ins ?? []).map((one) => one.number && [word("parcelNumber"), one.number]),
  ].filter((one): one is [string, string] => Boolean(one));
  return rows.length === 0 ? null : (
    <section class="card">
      <h2>{word("parcel")}</h2>
      <Rows rows={rows} />
    </section>
  );
}

function Numbers({checkout}: {checkout: Checkout}) {
  const rows = [
    ...(checkout.fulfilment?.credit_agreements ?? []).map((one) => [word("agreement"), one.number]),
    ...(checkout.fulfilment?.mandates ?? []).map((one) => [word("mandate"), one.number]),
  ].filter((one): one is [string, string] => Boolean(one[1]));
  return rows.length === 0 ? null : <Rows rows={rows} />;
}

function Payments({checkout}: {checkout: Checkout}) {
  return (
    <>
      {(checkout.payment_schedules ?? []).map((plan) => (
        <section class="card" key={plan.part}>
          <h2>
            {word("payments")}: {word(plan.part)}
          </h2>
          <Rows rows={plan.payments.slice(0, 3).map((one) => [day(one.due), money(one.amount, checkout.currency)])} />
          {plan.payments.length > 3 && (
            <details class="all">
              <summary>{word("allPayments", {count: plan.payments.length})}</summary>
              <Rows rows={plan.payments.slice(3).map((one) => [day(one.due), money(one.amount, checkout.currency)])} />
            </details>
          )}
        </section>
      ))}
    </>
  );
}

/** Pairs of a label and a value. */
export function Rows({rows}: {rows: [string, string][]}) {
  return (
    <dl class="rows">
      {rows.map(([label, value], at) => (
        <div key={at}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

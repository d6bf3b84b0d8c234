import {useState} from "preact/hooks";
import {minorUnits, money, signOf} from "../../shared/format";
import {choice, choose, currency, plans, sold} from "../state";
import {label} from "../words";
import {NotFitting} from "./NotFitting";
import {Option} from "./Option";
import {Section} from "./Section";

/** All of it today, or on one of the credits that can pay it. */
export function Paying() {
  const how = sold("credit");
  if (!how || (how === "optional" && !choice.value.handset)) return null;
  const {items, excluded} = plans.value;
  return (
    <Section title={label("pay")}>
      <div class="tiles products">
        {how === "optional" && (
          <Option
            name="credit"
            value=""
            checked={!choice.value.plan}
            title={label("payNow")}
            onChoose={() => void choose({plan: "", deposit: 0})}
          />
        )}
        {items.map((one) => (
          <Option
            key={one.code}
            name="credit"
            value={one.code}
            checked={choice.value.plan === one.code}
            title={one.title}
            note={one.title.includes("%") ? null : label("apr", {percent: one.apr_percent, count: one.months})}
            onChoose={() => void choose({plan: one.code})}
          />
        ))}
      </div>
      {choice.value.plan && <Deposit />}
      <NotFitting excluded={excluded} />
    </Section>
  );
}

/** What is paid of the phone today; it counts as soon as the field is left. */
function Deposit() {
  const plan = plans.value.items.find((one) => one.code === choice.value.plan);
  const ranges = plan?.deposits ?? [];
  const [text, type] = useState(plain(choice.value.deposit));
  const least = ranges[0]?.least ?? 0;
  const most = ranges[ranges.length - 1]?.most;
  return (
    <div class="field">
      <label for="deposit">{label("deposit")}</label>
      {most != null && (
        <p class="hint" id="deposit-hint">
          {label("depositHint", {least: money(least, currency.value), most: money(most, currency.value)})}
        </p>
      )}
      <span class="amount">
        <span aria-hidden="true">{signOf(currency.value)}</span>
        <input
          id="deposit"
          inputMode="decimal"
          autocomplete="off"
          aria-describedby="deposit-hint"
          value={text}
          onInput={(event) => type(event.currentTarget.value)}
          onChange={() => {
            const amount = minorUnits(text || "0", currency.value);
            if (amount !== undefined) void choose({deposit: amount});
          }}
        />
      </span>
    </div>
  );
}

function plain(amount: number): string {
  return amount === 0 ? "" : (amount / 100).toFixed(2);
}

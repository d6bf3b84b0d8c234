import {day, money} from "../../shared/format";
import type {Tariff} from "../catalogue";
import {choice, choose, currency, sold, tariffs} from "../state";
import {label} from "../words";
import {NotFitting} from "./NotFitting";
import {Option} from "./Option";
import {Section} from "./Section";

/** Airtime: how much data, for how long, and when its price rises. */
export function Tariffs() {
  const how = sold("tariff");
  if (!how) return null;
  const {items, excluded} = tariffs.value;
  return (
    <Section title={label("plan")}>
      <div class="tiles products">
        {items.map((one) => (
          <Option
            key={one.sku}
            name="tariff"
            value={one.sku}
            checked={choice.value.tariff === one.sku}
            title={one.title}
            note={termsOf(one)}
            aside={label("aMonth", {amount: money(one.monthly, currency.value)})}
            onChoose={() => void choose({tariff: one.sku})}
          />
        ))}
        {how === "optional" && (
          <Option
            name="tariff"
            value=""
            checked={!choice.value.tariff}
            title={label("noPlan")}
            onChoose={() => void choose({tariff: ""})}
          />
        )}
      </div>
      <NotFitting excluded={excluded} />
    </Section>
  );
}

function termsOf(tariff: Tariff): string {
  const data = tariff.data_gb == null ? label("unlimited") : label("gigabytes", {count: tariff.data_gb});
  const rises = (tariff.price_rises ?? []).map((one) =>
    label("rises", {amount: money(one.monthly, currency.value), day: day(one.starts)}),
  );
  return [data, label("forMonths", {count: tariff.term_months}), ...rises].join(" · ");
}

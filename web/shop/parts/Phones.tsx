import {day, money} from "../../shared/format";
import type {Handset} from "../catalogue";
import {choice, choose, currency, handsets, sold} from "../state";
import {isLabel, label} from "../words";
import {NotFitting} from "./NotFitting";
import {Option} from "./Option";
import {Section} from "./Section";

/** Phones, those of one model with their colours and sizes side by side. */
export function Phones() {
  const how = sold("handset");
  if (!how) return null;
  const {items, excluded} = handsets.value;
  return (
    <Section title={label("phone")}>
      <div class="tiles products">
        {items.map((one) => (
          <Option
            key={one.sku}
            name="handset"
            value={one.sku}
            checked={choice.value.handset === one.sku}
            title={one.title}
            note={[one.colour, one.storage].filter(Boolean).join(" · ")}
            aside={money(one.price, currency.value)}
            onChoose={() => void choose({handset: one.sku})}
          >
            <Stock of={one} />
          </Option>
        ))}
        {how === "optional" && (
          <Option
            name="handset"
            value=""
            checked={!choice.value.handset}
            title={label("noPhone")}
            onChoose={() => void choose({handset: ""})}
          />
        )}
      </div>
      <NotFitting excluded={excluded} />
    </Section>
  );
}

function Stock({of}: {of: Pick<Handset, "availability">}) {
  const {state, promised} = of.availability;
  if (state === "unknown" || !isLabel(state)) return null;
  const text =
    state === "back_order" && !promised
      ? label("backOrder")
      : label(state, {day: promised ? day(promised) : ""});
  return <span class={`stock ${state}`}>{text}</span>;
}

import {money} from "../../shared/format";
import {accessories, choice, choose, currency, sold} from "../state";
import {label} from "../words";
import {NotFitting} from "./NotFitting";
import {Option} from "./Option";
import {Section} from "./Section";

/** Accessories: as many as somebody wants. */
export function Extras() {
  if (!sold("accessories")) return null;
  const {items, excluded} = accessories.value;
  const chosen = choice.value.accessories;
  const without = (sku: string) => chosen.filter((one) => one !== sku);
  return (
    <Section title={label("accessories")}>
      <div class="tiles products">
        {items.map((one) => (
          <Option
            multiple
            key={one.sku}
            name="accessories"
            value={one.sku}
            checked={chosen.includes(one.sku)}
            title={one.title}
            aside={money(one.price, currency.value)}
            onChoose={() =>
              void choose({accessories: chosen.includes(one.sku) ? without(one.sku) : [...chosen, one.sku]})
            }
          />
        ))}
      </div>
      <NotFitting excluded={excluded} />
    </Section>
  );
}

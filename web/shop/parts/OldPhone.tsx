import {money} from "../../shared/format";
import {choice, choose, currency, oldDevices, sold} from "../state";
import {isLabel, label} from "../words";
import {NotFitting} from "./NotFitting";
import {Option} from "./Option";
import {Section} from "./Section";

/** The old phone: which one, in what condition, and its number. */
export function OldPhone() {
  const how = sold("trade_in");
  if (!how) return null;
  const chosen = choice.value.tradeIn;
  const {items, excluded} = oldDevices.value;
  const grades = items.find((one) => one.model === chosen?.model)?.grades ?? [];
  return (
    <Section title={label("tradeIn")}>
      <div class="tiles products">
        {how === "optional" && (
          <Option
            name="old-device"
            value=""
            checked={!chosen}
            title={label("noTradeIn")}
            onChoose={() => void choose({tradeIn: null})}
          />
        )}
        {items.map((one) => (
          <Option
            key={one.model}
            name="old-device"
            value={one.model}
            checked={chosen?.model === one.model}
            title={one.model}
            onChoose={() =>
              void choose({
                tradeIn: {model: one.model, grade: one.grades[0]?.grade ?? "good", imei: chosen?.imei ?? ""},
              })
            }
          />
        ))}
      </div>
      {chosen && (
        <>
          <div class="tiles products" role="radiogroup" aria-label={label("grade")}>
            {grades.map((one) => (
              <Option
                key={one.grade}
                name="grade"
                value={one.grade}
                checked={chosen.grade === one.grade}
                title={isLabel(one.grade) ? label(one.grade) : one.grade}
                note={label("worth", {amount: money(one.value, currency.value)})}
                onChoose={() => void choose({tradeIn: {...chosen, grade: one.grade}})}
              />
            ))}
          </div>
          <div class="field">
            <label for="imei">{label("imei")}</label>
            <p class="hint" id="imei-hint">
              {label("imeiHint")}
            </p>
            <input
              id="imei"
              class="short"
              inputMode="numeric"
              autocomplete="off"
              aria-describedby="imei-hint"
              defaultValue={chosen.imei}
              onChange={(event) => void choose({tradeIn: {...chosen, imei: event.currentTarget.value}})}
            />
          </div>
        </>
      )}
      <NotFitting excluded={excluded} />
    </Section>
  );
}

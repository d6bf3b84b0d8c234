import type {Field} from "../../shared/schema";
import {word} from "../../shared/words";

interface Props {
  field: Field;
  id: string;
  value: string;
  wrong: boolean;
  onValue: (value: string) => void;
}

/** A day in three numbers, as people know it by heart; kept as year-month-day. */
export function DateInput({field, id, value, wrong, onValue}: Props) {
  const [year = "", month = "", day = ""] = value.split("-");
  const birth = field.name === "date_of_birth";
  const part = (name: "day" | "month" | "year", text: string, width: number) => (
    <label class="part">
      <span>{word(name)}</span>
      <input
        id={name === "day" ? id : `${id}-${name}`}
        class={`digits-${width}`}
        inputMode="numeric"
        maxLength={width}
        value={text}
        autoComplete={birth ? `bday-${name}` : "off"}
        aria-invalid={wrong ? true : undefined}
        onInput={(event) => {
          const now = {year, month, day, [name]: event.currentTarget.value.replace(/\D/g, "")};
          onValue(`${now.year}-${now.month}-${now.day}`);
        }}
      />
    </label>
  );
  return (
    <div class="date">
      {part("day", day, 2)}
      {part("month", month, 2)}
      {part("year", year, 4)}
    </div>
  );
}

import type {InputHTMLAttributes} from "preact";
import {day, signOf} from "../../shared/format";
import type {Field} from "../../shared/schema";
import {word} from "../../shared/words";
import {checkout} from "../state";
import {attributesOf} from "./attributes";
import {DateInput} from "./DateInput";

interface Row {
  field: Field;
  id: string;
  value: string | boolean | undefined;
  wrong: string | undefined;
  onValue: (value: string | boolean) => void;
}

/** A field with its label, its hint, and what is wrong with it. */
export function FieldRow(row: Row) {
  const {field, id, wrong} = row;
  if (field.kind === "yes" && !asked(field)) return <YesBox {...row} />;
  if (asked(field) || field.kind === "date" || (field.kind === "choice" && few(field))) return <Group {...row} />;
  return (
    <div class={`field ${wrong ? "wrong" : ""}`}>
      <label for={id}>
        {field.label}
        <Optional field={field} />
      </label>
      <Hint field={field} id={id} />
      <Wrong id={id} text={wrong} />
      <Input {...row} />
    </div>
  );
}

/** A question that a no answers as well as a yes. */
function asked(field: Field): boolean {
  return field.kind === "yes" && field.required && field.schema.const === undefined;
}

function few(field: Field): boolean {
  return (field.schema.enum?.length ?? 0) <= 5;
}

function Input({field, id, value, wrong, onValue}: Row) {
  const common = {
    id,
    name: field.name,
    value: typeof value === "string" ? value : "",
    "aria-describedby": described(field, id, wrong),
    "aria-invalid": wrong ? true : undefined,
    "aria-required": field.required,
  };
  if (field.kind === "choice" || field.kind === "day") {
    const first = typeof field.schema.default === "string" ? field.schema.default : "";
    return (
      <select {...common} value={common.value || first} onChange={(event) => onValue(event.currentTarget.value)}>
        {first === "" && <option value="">{word("choose")}</option>}
        {field.schema.enum?.map((one) => (
          <option key={String(one)} value={String(one)}>
            {field.kind === "day" ? day(String(one)) : called(field, String(one))}
          </option>
        ))}
      </select>
    );
  }
  // Its types tie each `type` to roles; ours is known only as the form is drawn.
  const attributes = {...common, ...attributesOf(field)} as InputHTMLAttributes<HTMLInputElement>;
  const input = <input {...attributes} onInput={(event) => onValue(event.currentTarget.value)} />;
  if (field.kind !== "money") return input;
  return (
    <span class="amount">
      <span aria-hidden="true">{signOf(checkout.value?.currency ?? "GBP")}</span>
      {input}
    </span>
  );
}

/** A yes: the box first, then its words. */
function YesBox({field, id, value, wrong, onValue}: Row) {
  return (
    <div class={`field ${wrong ? "wrong" : ""}`}>
      <Wrong id={id} text={wrong} />
      <label class="tick">
        <input
          type="checkbox"
          id={id}
          name={field.name}
          checked={value === true}
          aria-describedby={described(field, id, wrong)}
          aria-invalid={wrong ? true : undefined}
          onChange={(event) => onValue(event.currentTarget.checked)}
        />
        <span>{field.label}</span>
      </label>
      <Hint field={field} id={id} />
    </div>
  );
}

/** What is answered by more than one control: a day, or one of a few. */
function Group(row: Row) {
  const {field, id, value, wrong, onValue} = row;
  const chosen = typeof value === "string" && value !== "" ? value : field.schema.default;
  return (
    <fieldset class={`field ${wrong ? "wrong" : ""}`} aria-describedby={described(field, id, wrong)}>
      <legend>
        {field.label}
        <Optional field={field} />
      </legend>
      <Hint field={field} id={id} />
      <Wrong id={id} text={wrong} />
      {field.kind === "yes" ? (
        <YesOrNo {...row} />
      ) : field.kind === "date" ? (
        <DateInput field={field} id={id} value={typeof value === "string" ? value : ""} wrong={Boolean(wrong)} onValue={onValue} />
      ) : (
        <div class="choices">
          {field.schema.enum?.map((one, at) => (
            <label class="tick" key={String(one)}>
              <input
                type="radio"
                id={at === 0 ? id : undefined}
                name={field.name}
                value={String(one)}
                checked={chosen === one}
                onChange={() => onValue(String(one))}
              />
              <span>{called(field, String(one))}</span>
            </label>
          ))}
        </div>
      )}
    </fieldset>
  );
}

function YesOrNo({field, id, value, onValue}: Row) {
  return (
    <div class="choices">
      {[true, false].map((one) => (
        <label class="tick" key={String(one)}>
          <input
            type="radio"
            id={one ? id : undefined}
            name={field.name}
            value={String(one)}
            checked={value === one}
            onChange={() => onValue(one)}
          />
          <span>{word(one ? "yes" : "no")}</span>
        </label>
      ))}
    </div>
  );
}

function called(field: Field, value: string): string {
  return field.schema.labels?.[value] ?? value.replaceAll("_", " ");
}

function Optional({field}: {field: Field}) {
  return field.required || "default" in field.schema && field.schema.default != null ? null : (
    <span class="aside"> ({word("optional")})</span>
  );
}

function Hint({field, id}: {field: Field; id: string}) {
  return field.hint ? (
    <p class="hint" id={`${id}-hint`}>
      {field.hint.charAt(0).toUpperCase() + field.hint.slice(1)}
    </p>
  ) : null;
}

function Wrong({id, text}: {id: string; text: string | undefined}) {
  return text ? (
    <p class="error" id={`${id}-wrong`}>
      {text}
    </p>
  ) : null;
}

function described(field: Field, id: string, wrong: string | undefined): string | undefined {
  const ids = [field.hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean);
  return ids.length > 0 ? ids.join(" ") : undefined;
}

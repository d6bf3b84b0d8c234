import {useSignal} from "@preact/signals";
import type {NextAction} from "../../shared/api";
import {day, localDay, money, time} from "../../shared/format";
import {word} from "../../shared/words";
import {checkout, sending, submit} from "../state";
import {Button} from "./Button";
import {Refusal} from "./Refusal";

interface Option {
  id: string;
  title?: string;
  starts?: string;
  ends?: string;
  price?: number;
}

/** Options to choose one of; those of a time are under their day. */
export function Choose({action}: {action: NextAction}) {
  const options = action.options as Option[];
  const picked = useSignal("");
  const missing = useSignal(false);
  const days = [...new Set(options.map((one) => (one.starts ? localDay(one.starts) : "")))];
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        missing.value = picked.value === "";
        if (!missing.value) void submit(action, {option: picked.value});
      }}
    >
      <Refusal action={action} />
      {missing.value && (
        <p role="alert" class="error">
          {word("choose")}
        </p>
      )}
      {days.map((one) => (
        <fieldset class="field" key={one}>
          <legend>{one ? day(one) : (action.title ?? word("choose"))}</legend>
          <div class="tiles">
            {options
              .filter((option) => (option.starts ? localDay(option.starts) : "") === one)
              .map((option) => (
                <label class="tile" key={option.id}>
                  <input
                    type="radio"
                    name={action.id}
                    value={option.id}
                    checked={picked.value === option.id}
                    onChange={() => {
                      picked.value = option.id;
                      missing.value = false;
                    }}
                  />
                  <span>{called(option)}</span>
                  {option.price !== undefined && (
                    <span class="aside">
                      {option.price === 0 ? word("free") : money(option.price, checkout.value?.currency ?? "GBP")}
                    </span>
                  )}
                </label>
              ))}
          </div>
        </fieldset>
      ))}
      <Button busy={sending.value === action.id}>{word("continue")}</Button>
    </form>
  );
}

function called(option: Option): string {
  if (option.title) return option.title;
  return option.starts && option.ends ? `${time(option.starts)}–${time(option.ends)}` : option.id;
}

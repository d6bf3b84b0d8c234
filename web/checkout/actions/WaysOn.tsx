import type {NextAction} from "../../shared/api";
import {money} from "../../shared/format";
import {isWord, type Word, word} from "../../shared/words";
import {change, checkout, sending, submit} from "../state";
import {Button} from "./Button";
import {Refusal} from "./Refusal";
import {SubmitForm} from "./SubmitForm";

interface Offer {
  plan?: string;
  title: string;
  deposit: number;
  instalment: number;
  months: number;
}

/** What leads on from what was declined: a form, another package, another try. */
export function WaysOn({actions}: {actions: NextAction[]}) {
  const forms = actions.filter((one) => one.type === "submit" && one.schema);
  const rest = actions.filter((one) => one.type !== "submit");
  return (
    <div class="ways">
      {forms.map((one, at) => (
        <details class="way" key={one.id} open={at === 0 && rest.every((other) => other.type === "retry")}>
          <summary>{one.title ?? one.id}</summary>
          <SubmitForm action={one} />
        </details>
      ))}
      {rest.map((one) => (
        <div class="way" key={one.id}>
          <Refusal action={one} />
          {one.type === "change_package" ? <Patches action={one} /> : <Again action={one} />}
        </div>
      ))}
    </div>
  );
}

function Again({action}: {action: NextAction}) {
  return (
    <>
      {action.title && <p>{action.title}</p>}
      <Button kind="quiet" busy={sending.value === action.id} onClick={() => void submit(action, {})}>
        {word(action.type === "renew" ? "renew" : "tryAgain")}
      </Button>
    </>
  );
}

function Patches({action}: {action: NextAction}) {
  return (
    <>
      {action.patches.map((patch, at) => (
        <Button key={at} kind="quiet" busy={sending.value === action.id} onClick={() => void change(action, patch)}>
          {calledPatch(patch)}
        </Button>
      ))}
    </>
  );
}

/** What a change of the package does, in words. */
function calledPatch(patch: Record<string, unknown>): string {
  const parts = (patch["package"] ?? patch) as Record<string, unknown>;
  const [[part, value] = ["", null]] = Object.entries(parts);
  if (value === null || (Array.isArray(value) && value.length === 0)) {
    const name = `without_${part}`;
    return word(isWord(name) ? name : "goOn");
  }
  const offer = offers().find((one) => matches(one, value));
  if (!offer) return isWord(part) ? word("otherPart", {part: word(part as Word)}) : word("goOn");
  const currency = checkout.value?.currency ?? "GBP";
  const monthly = word("aMonth", {amount: money(offer.instalment, currency)});
  const months = word("forMonths", {count: offer.months});
  return `${offer.title}: ${word("payToday", {amount: money(offer.deposit, currency)})}, ${monthly} ${months}`;
}

function offers(): Offer[] {
  const messages = checkout.value?.messages ?? [];
  return messages.flatMap((one) => (one.params["offers"] as Offer[] | undefined) ?? []);
}

function matches(offer: Offer, value: unknown): boolean {
  const choice = value as {plan?: string; deposit?: number};
  return offer.deposit === choice.deposit && (offer.plan === undefined || offer.plan === choice.plan);
}

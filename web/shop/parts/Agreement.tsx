import {useState} from "preact/hooks";
import {money} from "../../shared/format";
import {choice, choose, currency, upgrades} from "../state";
import {upgradeOf, type Eligibility} from "../shop_server";
import {label} from "../words";
import {Section} from "./Section";

/** Whether the customer's agreement may be upgraded: a real shop asks about that of who is logged in. */
export function Agreement() {
  const [found, keep] = useState<Eligibility | null>(null);
  const [refused, refuse] = useState("");
  if (!upgrades.value) return null;
  async function ask(form: HTMLFormElement): Promise<void> {
    const given = Object.fromEntries(new FormData(form)) as Record<string, string>;
    const {agreement, ...device} = given;
    const answer = await upgradeOf({flow: choice.value.flow, agreement, device});
    refuse(answer.kind === "refused" ? refusalOf(answer.problem) : answer.kind === "unreached" ? label("unreached") : "");
    keep(answer.kind === "done" ? answer.body : null);
    if (answer.kind === "done" && answer.body.eligible) await choose({upgrade: answer.body.id});
  }
  return (
    <Section title={label("agreement")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void ask(event.currentTarget);
        }}
      >
        <Field name="agreement" title={label("agreementNumber")} hint={label("agreementHint")} />
        <Field name="model" title={label("model")} />
        <div class="field">
          <label for="upgrade-grade">{label("grade")}</label>
          <select id="upgrade-grade" name="grade">
            {(["pristine", "good", "worn", "broken"] as const).map((one) => (
              <option key={one} value={one}>
                {label(one)}
              </option>
            ))}
          </select>
        </div>
        <Field name="imei" title={label("imei")} hint={label("imeiHint")} />
        <button class="quiet">{label("agreementAsk")}</button>
      </form>
      <div role="status">
        {refused && <p class="message error">{refused}</p>}
        {found?.eligible && (
          <p class="message">
            {label("agreementOpen", {amount: money(found.settlement?.figure ?? 0, currency.value)})}
          </p>
        )}
        {found?.eligible === false && found.reasons.map((one) => <p key={one.code} class="message error">{one.content}</p>)}
      </div>
    </Section>
  );
}

function Field({name, title, hint}: {name: string; title: string; hint?: string}) {
  return (
    <div class="field">
      <label for={`upgrade-${name}`}>{title}</label>
      {hint && (
        <p class="hint" id={`upgrade-${name}-hint`}>
          {hint}
        </p>
      )}
      <input id={`upgrade-${name}`} name={name} class="short" required autocomplete="off" aria-describedby={hint && `upgrade-${name}-hint`} />
    </div>
  );
}

function refusalOf(problem: {detail?: string | null; title: string; errors?: {message: string}[] | null}): string {
  return problem.errors?.map((one) => one.message).join(" ") || problem.detail || problem.title;
}

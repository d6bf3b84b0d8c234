import {useEffect, useRef, useState} from "preact/hooks";
import {type Asked, asked, perform} from "../state";
import {sharesOf} from "../timeline";
import {label} from "../words";

/** Nothing is done without a reason; what the service refuses is said here, and nothing is lost. */
export function ActionDialog({action}: {action: Asked}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [verdict, choose] = useState(action.verdicts?.[0] ?? "");
  const [refusal, say] = useState("");
  const [busy, wait] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  async function send(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (busy) return;
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(data.get(name) ?? "").trim();
    const output = objectOf(text("output"));
    const shares = action.shares === undefined ? {} : sharesOf(text("shares"));
    if (output === undefined) return say(label("outputWrong"));
    if (shares === null) return say(label("sharesWrong", {example: action.shares ?? ""}));
    wait(true);
    const said = {verdict, output, shares, reason: text("reason"), evidence: text("evidence") || null, validUntil: text("valid_until") || null};
    say(await perform(action, said));
    wait(false);
  }
  return (
    <dialog ref={dialog} aria-labelledby="asked-title" onClose={() => (asked.value = null)}>
      <form onSubmit={send}>
        <h2 id="asked-title">
          {action.what} <code>{action.about}</code>
        </h2>
        <p class="error" role="alert">
          {refusal}
        </p>
        {action.verdicts && (
          <div class="field">
            <label for="verdict">{label("verdict")}</label>
            <select id="verdict" value={verdict} onChange={(event) => choose(event.currentTarget.value)}>
              {action.verdicts.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </div>
        )}
        {action.shares !== undefined && (
          <Line name="shares" text={label("shares")} hint={label("sharesHint", {example: action.shares})} value={action.shares} />
        )}
        {verdict === "passed" && <Line name="output" text={label("output")} />}
        {verdict === "passed" && <Line name="valid_until" text={label("validUntil")} />}
        <div class="field">
          <label for="reason">{label("reason")}</label>
          <p class="hint" id="reason-hint">
            {label("reasonHint")}
          </p>
          <textarea id="reason" name="reason" required minLength={3} maxLength={500} aria-describedby="reason-hint" />
        </div>
        <Line name="evidence" text={label("evidence")} />
        <div class="buttons">
          <button class="main" aria-disabled={busy}>
            {label("doIt")}
          </button>
          <button class="quiet" type="button" onClick={() => dialog.current?.close()}>
            {label("leave")}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function Line({name, text, hint, value}: {name: string; text: string; hint?: string; value?: string}) {
  return (
    <div class="field">
      <label for={name}>{text}</label>
      {hint && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      <input id={name} name={name} maxLength={1000} defaultValue={value ?? ""} aria-describedby={hint ? `${name}-hint` : undefined} />
    </div>
  );
}

/** The object that a text writes as JSON; null for no text, undefined for anything else. */
function objectOf(text: string): Record<string, unknown> | null | undefined {
  if (!text) return null;
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null && !Array.isArray(found) ? (found as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

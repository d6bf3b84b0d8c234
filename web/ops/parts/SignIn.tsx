import {useState} from "preact/hooks";
import {enter} from "../state";
import {label} from "../words";

/** The key goes from the field into memory, and nowhere else. */
export function SignIn() {
  const [wrong, say] = useState("");
  async function send(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const field = (event.currentTarget as HTMLFormElement).elements.namedItem("key") as HTMLInputElement;
    const refusal = await enter(field.value.trim());
    if (!refusal) return;
    say(refusal);
    field.focus();
  }
  return (
    <div class="narrow">
      <form class="card" onSubmit={send} autocomplete="off">
        <h2>{label("signIn")}</h2>
        <div class={wrong ? "field wrong" : "field"}>
          <label for="key">{label("key")}</label>
          <p class="hint" id="key-hint">
            {label("keyHint")}
          </p>
          <input id="key" name="key" type="password" required autocomplete="off" spellcheck={false} aria-invalid={wrong !== ""} aria-describedby="key-hint key-wrong" />
          <p class="error" id="key-wrong" role="alert">
            {wrong}
          </p>
        </div>
        <button class="main">{label("signIn")}</button>
      </form>
    </div>
  );
}

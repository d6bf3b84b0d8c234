import type {ComponentChildren} from "preact";
import {word} from "../../shared/words";

interface Props {
  busy: boolean;
  kind?: "main" | "quiet" | "danger";
  onClick?: () => void;
  children: ComponentChildren;
}

/** A button that stays where it is, and says so, while what it does is under way. */
export function Button({busy, kind = "main", onClick, children}: Props) {
  return (
    <button type={onClick ? "button" : "submit"} class={kind} aria-disabled={busy} onClick={busy ? undefined : onClick}>
      {busy ? (
        <>
          <span class="spinner" aria-hidden="true" /> {word("saving")}
        </>
      ) : (
        children
      )}
    </button>
  );
}

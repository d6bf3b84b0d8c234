import {useRef} from "preact/hooks";
import type {Checkout} from "../../shared/api";
import {word} from "../../shared/words";
import {cancel, sending} from "../state";
import {Button} from "../actions/Button";
import {OtherDevice} from "./OtherDevice";

/** The way out, asked for twice. */
export function CancelOrder({checkout}: {checkout: Checkout}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const action = checkout.next_actions.find((one) => one.type === "cancel");
  if (!action) return null;
  return (
    <div class="cancel">
      <OtherDevice id={checkout.id} />
      <button type="button" class="link" onClick={() => dialog.current?.showModal()}>
        {word("cancel")}
      </button>
      <dialog ref={dialog} aria-labelledby="cancel-title">
        <h2 id="cancel-title">{word("cancelAsk")}</h2>
        <p>{word("cancelNote")}</p>
        <div class="buttons">
          <Button kind="danger" busy={sending.value === action.id} onClick={() => void cancel(action)}>
            {word("cancelYes")}
          </Button>
          <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
            {word("cancelNo")}
          </button>
        </div>
      </dialog>
    </div>
  );
}

import type {NextAction} from "../../shared/api";
import {word} from "../../shared/words";
import {markReturn} from "../handoff";
import {checkout} from "../state";

/** A provider's page: the customer goes there, and comes back here. */
export function Redirect({action}: {action: NextAction}) {
  return (
    <>
      <p class="lead">{word("atProvider")}</p>
      <a class="button main" href={action.href ?? ""} rel="noreferrer" onClick={() => markReturn(checkout.value?.id ?? "")}>
        {word("goOn")}
      </a>
    </>
  );
}

import type {NextAction} from "../../shared/api";
import {word} from "../../shared/words";
import {embedded} from "../embedding";
import {markReturn} from "../handoff";
import {checkout} from "../state";

/**
 * A provider's page: the customer goes there, and comes back here. Many may not be framed: out of a
 * frame they open in a tab of their own, and this page follows what comes of it.
 */
export function Redirect({action}: {action: NextAction}) {
  return (
    <>
      <p class="lead">{word("atProvider")}</p>
      <a class="button main" href={action.href ?? ""} target={embedded ? "_blank" : "_self"} rel="noreferrer" onClick={() => markReturn(checkout.value?.id ?? "")}>
        {word("goOn")}
      </a>
    </>
  );
}

import type {NextAction} from "../../shared/api";
import {word} from "../../shared/words";
import {NowHeading} from "../actions/Action";
import {WaysOn} from "../actions/WaysOn";

/** After a no: what can be done now. */
export function WayOn({actions}: {actions: NextAction[]}) {
  return (
    <section class="card" aria-labelledby="now">
      <NowHeading id={actions.map((one) => one.id).join()}>{word("wayOn")}</NowHeading>
      <WaysOn actions={actions} />
    </section>
  );
}

/** What could be done instead of what is due, e.g. another card than the one at the bank's page. */
export function OtherWays({actions}: {actions: NextAction[]}) {
  return (
    <details class="card done-forms">
      <summary>{word("instead")}</summary>
      <WaysOn actions={actions} />
    </details>
  );
}

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

import type {NextAction} from "../../shared/api";
import {money} from "../../shared/format";
import {word} from "../../shared/words";
import {Contracts, Figures} from "../parts/Summary";
import {Papers} from "../parts/Papers";
import {checkout, complete, sending} from "../state";
import {Button} from "./Button";
import {Refusal} from "./Refusal";

/** All of it once more, and the customer's yes. */
export function Confirm({action}: {action: NextAction}) {
  const found = checkout.value;
  if (!found) return null;
  const today = found.quote.due_today;
  const label = today > 0 ? word("orderAndPay", {amount: money(today, found.currency)}) : word("orderNow");
  return (
    <>
      <Contracts checkout={found} />
      <Figures checkout={found} />
      <Papers id={found.id} version={found.version} />
      <Refusal action={action} />
      <p class="lead">{word("confirmNote")}</p>
      <Button busy={sending.value === action.id} onClick={() => void complete(action)}>
        {label}
      </Button>
    </>
  );
}

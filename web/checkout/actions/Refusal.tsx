import type {NextAction} from "../../shared/api";
import {refusal} from "../state";

/** Why something that is no form could not be done. */
export function Refusal({action}: {action: NextAction}) {
  const found = refusal.value;
  if (found?.action !== action.id) return null;
  const {message, detail, errors} = found.problem;
  return (
    <div role="alert" class="summary-errors">
      <p>{message ?? detail}</p>
      {errors && errors.length > 0 && (
        <ul>
          {errors.map((one) => (
            <li key={one.path}>{one.message}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

import type {Excluded} from "../catalogue";
import {label} from "../words";

/** What does not go with the choice, each with the reason that the API gives. */
export function NotFitting({excluded}: {excluded: Excluded[]}) {
  if (excluded.length === 0) return null;
  return (
    <details class="rare">
      <summary>
        {label("notFitting")} ({excluded.length})
      </summary>
      <ul class="excluded">
        {excluded.map((one) => (
          <li key={`${one.item} ${one.grade ?? ""}`}>
            <b>{one.title}</b> <span class="hint">{one.message}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

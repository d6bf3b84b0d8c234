import type {Checkout} from "../../shared/api";
import type {Schema} from "../../shared/schema";
import {word} from "../../shared/words";
import {known, moved, reopened} from "../state";

const CLOSED = new Set(["complete_in_progress", "completed", "canceled"]);

/** What was sent already; what this page remembers can be changed until the yes. */
export function DoneForms({checkout, open}: {checkout: Checkout; open: string | null}) {
  const done = checkout.steps.filter((step) => step.submitted && step.name !== open && known.value.has(step.name));
  if (done.length === 0 || CLOSED.has(checkout.status)) return null;
  return (
    <details class="card done-forms" open={matchMedia("(min-width: 60rem)").matches}>
      <summary>
        {word("given")} <span class="aside">({done.length})</span>
      </summary>
      <ul>
        {done.map((step) => {
          const title = (known.value.get(step.name)?.schema as Schema | null)?.title ?? step.name;
          return (
            <li key={step.name}>
              <span class="tick-mark" aria-hidden="true" />
              <span>{title}</span>
              <button
                type="button"
                class="link"
                aria-label={`${word("change")}: ${title}`}
                onClick={() => {
                  reopened.value = step.name;
                  moved.value += 1;
                }}
              >
                {word("change")}
              </button>
            </li>
          );
        })}
      </ul>
    </details>
  );
}

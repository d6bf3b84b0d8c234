import type {Checkout} from "../../shared/api";
import {word} from "../../shared/words";
import {sectionsOf} from "../sections";

/** How far the customer is, by sections. */
export function Progress({checkout, at}: {checkout: Checkout; at: string | null}) {
  const sections = sectionsOf(checkout, at);
  const current = sections.findIndex((one) => one.state === "current");
  const here = current >= 0 ? current : sections.filter((one) => one.state === "done").length;
  const name = sections[Math.min(here, sections.length - 1)]?.name;
  return (
    <nav class="progress" aria-label={word("progress")}>
      <p class="where">
        {word("step", {at: Math.min(here + 1, sections.length), of: sections.length})}
        {name && <strong> {word(name)}</strong>}
      </p>
      <ol>
        {sections.map((one) => (
          <li key={one.name} class={one.state} aria-current={one.state === "current" ? "step" : undefined}>
            <span>{word(one.name)}</span>
            {one.state === "done" && <span class="unseen"> ({word("done")})</span>}
          </li>
        ))}
      </ol>
    </nav>
  );
}

import type {RefObject} from "preact";
import {word} from "../../shared/words";

export interface Fault {
  id: string;
  text: string;
}

interface Props {
  faults: Fault[];
  general: string | null;
  summary: RefObject<HTMLDivElement | null>;
}

/** All that is wrong, in words, each a way to its field; it takes the focus. */
export function ErrorSummary({faults, general, summary}: Props) {
  const empty = faults.length === 0 && general === null;
  return (
    <div ref={summary} tabIndex={-1} role="alert" class={empty ? "hidden" : "summary-errors"}>
      {!empty && <h3>{word("problemTitle")}</h3>}
      {general && <p>{general}</p>}
      {faults.length > 0 && (
        <ul>
          {faults.map((one) => (
            <li key={one.id}>
              <a
                href={`#${one.id}`}
                onClick={(event) => {
                  event.preventDefault(); // the fragment is the checkout's
                  document.getElementById(one.id)?.focus();
                }}
              >
                {one.text}
              </a>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

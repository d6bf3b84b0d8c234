import type {ComponentChildren} from "preact";
import {useEffect, useState} from "preact/hooks";
import {type Answer, answered} from "../../shared/api";
import {changes, wordsOf} from "../state";
import {label} from "../words";

type Asked<Body> = Parameters<typeof answered<Body>>[0];

/** What the service tells, read anew with each key and each action; what came before stays meanwhile. */
export function Loaded<Body>({of, read, children}: {of: string; read(): Asked<Body>; children(body: Body): ComponentChildren}) {
  const [answer, keep] = useState<{of: string; answer: Answer<Body>} | null>(null);
  useEffect(() => {
    let current = true;
    void answered(read()).then((found) => current && keep({of, answer: found}));
    return () => {
      current = false;
    };
  }, [of, changes.value]);
  if (!answer || answer.of !== of) return <p role="status">{label("loading")}…</p>;
  const found = answer.answer;
  if (found.kind === "done") return <>{children(found.body)}</>;
  const text = found.kind === "refused" ? wordsOf(found.problem) : label("unreached");
  return (
    <p class="message error" role="alert">
      {text}
    </p>
  );
}

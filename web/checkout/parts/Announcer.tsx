import {useEffect, useRef, useState} from "preact/hooks";
import {titleOf} from "../actions/Action";
import {checkout, due} from "../state";

/** Says to who cannot see it what has changed by itself. */
export function Announcer() {
  const found = checkout.value;
  const told = found?.messages.map((one) => one.content).join(" ") ?? "";
  const next = due.value[0];
  const text = told || (next ? titleOf(next) : "");
  const before = useRef("");
  const [said, say] = useState("");
  useEffect(() => {
    if (before.current !== "" && before.current !== text) say(text);
    before.current = text;
  }, [text]);
  return (
    <p class="unseen" role="status" aria-live="polite">
      {said}
    </p>
  );
}

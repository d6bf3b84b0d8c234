import {useEffect, useState} from "preact/hooks";
import type {Checkout} from "../../shared/api";
import {time} from "../../shared/format";
import {word} from "../../shared/words";
import {Button} from "../actions/Button";
import {NowHeading} from "../actions/Action";
import {Refusal} from "../actions/Refusal";
import {queueAgain, refresh, sending} from "../state";

type Queue = NonNullable<Checkout["queue"]>;

/** The customer's place on a day when more come than are let in: it comes to them by itself. */
export function WaitingRoom({checkout, queue}: {checkout: Checkout; queue: Queue}) {
  const again = checkout.next_actions.find((one) => one.type === "queue");
  const lapsed = queue.state === "lapsed";
  return (
    <section class="card waiting" aria-labelledby="now">
      {!lapsed && <span class="spinner big" aria-hidden="true" />}
      <NowHeading id="queue">{word(lapsed ? "turnMissed" : "queueTitle")}</NowHeading>
      {lapsed ? <p>{word("turnMissedNote")}</p> : <Place checkout={checkout} queue={queue} />}
      {lapsed && again && (
        <>
          <Refusal action={again} />
          <Button busy={sending.value === again.id} onClick={() => void queueAgain(again)}>
            {word("queueAgain")}
          </Button>
        </>
      )}
    </section>
  );
}

/** How long it still is; the stream brings the turn, and where it is cut the page looks itself. */
function Place({checkout, queue}: {checkout: Checkout; queue: Queue}) {
  const until = Date.parse(queue.admit_at);
  const [now, tick] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => tick(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => void refresh(checkout.id), Math.min(Math.max(until - Date.now(), 0) + 1500, 0x7fffffff));
    return () => clearTimeout(timer);
  }, [until, checkout.id]);
  const minutes = Math.ceil((until - now) / 60_000);
  return (
    <>
      <p class="number">
        {word("queuePlace")} <strong>{queue.position}</strong>
      </p>
      <p>{minutes > 1 ? word("queueMinutes", {count: minutes, time: time(queue.admit_at)}) : word("queueSoon")}</p>
    </>
  );
}

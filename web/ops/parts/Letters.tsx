import {useState} from "preact/hooks";
import {ops, type Schemas} from "../client";
import {asked} from "../state";
import {label, moment} from "../words";
import {Loaded} from "./Loaded";

export function Letters() {
  const [cursor, turn] = useState<string | null>(null);
  const query = {state: "open" as const, limit: 50, ...(cursor ? {cursor} : {})};
  return (
    <section class="card">
      <h2>{label("letters")}</h2>
      <Loaded of={`letters ${cursor}`} read={() => ops.GET("/ops/letters", {params: {query}})}>
        {(page) => (
          <>
            {page.items.length === 0 && <p>{label("nothing")}</p>}
            {page.items.map((one) => (
              <Letter key={one.id} letter={one} />
            ))}
            {page.next_cursor && (
              <button class="quiet" type="button" onClick={() => turn(page.next_cursor)}>
                {label("next")}
              </button>
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}

function Letter({letter}: {letter: Schemas["DeadLetter"]}) {
  const params = {path: {letter: letter.id}};
  const ask = (name: "replay" | "discard") => () =>
    (asked.value = {
      what: label(name),
      about: letter.id,
      send: ({reason, evidence}) => {
        const body = {reason, evidence};
        return name === "replay" ? ops.POST("/ops/letters/{letter}/replay", {params, body}) : ops.POST("/ops/letters/{letter}/discard", {params, body});
      },
    });
  return (
    <section class="way" aria-label={letter.id}>
      <h3>
        {letter.consumer} · {letter.type}
      </h3>
      <p>
        <code>{letter.id}</code> · {letter.retailer} · {label("tries", {count: letter.tries})} · {moment(letter.last_at)}
      </p>
      <p class="error">
        {letter.error} {letter.detail}
      </p>
      <div class="buttons">
        <button class="quiet" type="button" onClick={ask("replay")}>
          {label("replay")} <span class="unseen">{letter.id}</span>
        </button>
        <button class="danger" type="button" onClick={ask("discard")}>
          {label("discard")} <span class="unseen">{letter.id}</span>
        </button>
      </div>
    </section>
  );
}

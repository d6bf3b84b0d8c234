import {useState} from "preact/hooks";
import {ops} from "../client";
import {label, moment} from "../words";
import {Loaded} from "./Loaded";

export function Audit() {
  const [cursor, turn] = useState<string | null>(null);
  const query = {limit: 50, ...(cursor ? {cursor} : {})};
  return (
    <section class="card">
      <h2>{label("audit")}</h2>
      <Loaded of={`audit ${cursor}`} read={() => ops.GET("/ops/audit", {params: {query}})}>
        {(page) => (
          <>
            {page.items.length === 0 && <p>{label("nothing")}</p>}
            <div class="wide" tabIndex={0} role="region" aria-label={label("audit")}>
              <table>
                <thead>
                  <tr>
                    {(["at", "who", "what", "reason", "outcome"] as const).map((name) => (
                      <th key={name} scope="col">
                        {label(name)}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {page.items.map((one) => (
                    <tr key={one.id}>
                      <td>{moment(one.at)}</td>
                      <td>{one.operator}</td>
                      <td>
                        {one.action} {one.step} <code>{one.subject}</code>
                      </td>
                      <td>{one.reason}</td>
                      <td>
                        {one.outcome} {one.code}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
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

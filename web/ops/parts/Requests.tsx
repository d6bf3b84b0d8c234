import {ops, type Schemas} from "../client";
import {asked, operator} from "../state";
import {label, moment} from "../words";
import {Loaded} from "./Loaded";

export function Requests() {
  return (
    <section class="card">
      <h2>{label("requests")}</h2>
      <Loaded of="requests" read={() => ops.GET("/ops/requests", {params: {query: {state: "waiting", limit: 100}}})}>
        {(page) => (page.items.length === 0 ? <p>{label("nothing")}</p> : <>{page.items.map((one) => <Request key={one.id} request={one} />)}</>)}
      </Loaded>
    </section>
  );
}

function Request({request}: {request: Schemas["OperatorRequest"]}) {
  const params = {path: {request_id: request.id}};
  const about = `${request.action} ${request.subject} ${request.step}`.trim();
  const ask = (name: "approve" | "reject") => () =>
    (asked.value = {
      what: label(name),
      about,
      send: ({reason, evidence}) => {
        const body = {reason, evidence};
        return name === "approve" ? ops.POST("/ops/requests/{request_id}/approve", {params, body}) : ops.POST("/ops/requests/{request_id}/reject", {params, body});
      },
    });
  return (
    <section class="way" aria-label={about}>
      <h3>{about}</h3>
      <p>
        {request.operator}, {moment(request.at)}: {request.reason}
      </p>
      {request.evidence && <p class="aside">{request.evidence}</p>}
      <p class="aside">
        {label("ends")}: {moment(request.expires_at)}
      </p>
      <div class="buttons">
        {request.operator !== operator.value && (
          <button class="main" type="button" onClick={ask("approve")}>
            {label("approve")} <span class="unseen">{about}</span>
          </button>
        )}
        <button class="quiet" type="button" onClick={ask("reject")}>
          {label("reject")} <span class="unseen">{about}</span>
        </button>
      </div>
    </section>
  );
}

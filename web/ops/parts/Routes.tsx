import {ops, type Schemas} from "../client";
import {asked} from "../state";
import {label} from "../words";
import {Loaded} from "./Loaded";

type Route = Schemas["OpsRoute"];

export function Routes() {
  return (
    <section class="card">
      <h2>{label("routes")}</h2>
      <Loaded of="routes" read={() => ops.GET("/ops/routes")}>
        {(list) => (list.items.length === 0 ? <p>{label("nothing")}</p> : <>{list.items.map((one) => <OneRoute key={`${one.retailer} ${one.route}`} route={one} />)}</>)}
      </Loaded>
    </section>
  );
}

function OneRoute({route}: {route: Route}) {
  const params = {path: {retailer: route.retailer, subject: route.route}};
  const divided = route.providers.some((one) => one.share !== null);
  const split = () =>
    (asked.value = {
      what: label("split"),
      about: route.route,
      shares: route.providers.map((one) => `${one.provider}=${one.share ?? 0}`).join(", "),
      send: ({reason, evidence, shares}) => ops.POST("/ops/routes/{retailer}/{subject}/split", {params, body: {reason, evidence, shares}}),
    });
  return (
    <section class="way" aria-label={`${route.retailer} ${route.route}`}>
      <h3>
        {route.retailer} · {route.route} <span class="aside">({route.how})</span>
      </h3>
      {route.changed_by && <p class="aside">{label("changed", {name: route.changed_by, reason: route.reason ?? ""})}</p>}
      <ul>
        {route.providers.map((one) => (
          <Provider key={one.provider} route={route} provider={one} />
        ))}
      </ul>
      {divided && (
        <div>
          <button class="quiet" type="button" onClick={split}>
            {label("split")} <span class="unseen">{route.route}</span>
          </button>
        </div>
      )}
    </section>
  );
}

function Provider({route, provider}: {route: Route; provider: Schemas["RouteProvider"]}) {
  const params = {path: {retailer: route.retailer, subject: route.route}};
  const name = provider.closed ? "restore" : "kill";
  const act = () =>
    (asked.value = {
      what: label(name),
      about: `${route.route} ${provider.provider}`,
      send: ({reason, evidence}) => {
        const body = {reason, evidence, provider: provider.provider};
        return provider.closed ? ops.POST("/ops/routes/{retailer}/{subject}/restore", {params, body}) : ops.POST("/ops/routes/{retailer}/{subject}/kill", {params, body});
      },
    });
  const state = provider.closed ? "closed" : provider.out ? "out" : "inUse";
  return (
    <li class="provider">
      <span>
        <strong>{provider.provider}</strong> {provider.share !== null && `${label("share")} ${provider.share} %`}{" "}
        <span class={`tone ${state === "inUse" ? "good" : "wrong"}`}>{label(state)}</span>
        {provider.measured.map((one) => (
          <span class="aside" key={one.operation}>
            {" "}
            {one.operation}: {label("measured", {percent: Math.round(one.success_rate * 100), calls: Math.round(one.calls)})}
          </span>
        ))}
      </span>
      <button class={provider.closed ? "quiet" : "danger"} type="button" onClick={act}>
        {label(name)} <span class="unseen">{provider.provider}</span>
      </button>
    </li>
  );
}

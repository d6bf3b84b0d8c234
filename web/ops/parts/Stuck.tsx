import {useState} from "preact/hooks";
import {ops, type Schemas} from "../client";
import {view} from "../state";
import {age, toneOf} from "../timeline";
import {label} from "../words";
import {Loaded} from "./Loaded";

const TEXTS = ["retailer", "step", "provider", "code"] as const;
const STATES = ["in_review", "in_doubt", "undo_failed", "waiting_provider", "late", "expired"] as const;
type Filter = Partial<Record<(typeof TEXTS)[number], string>> & {older_than?: number; state?: (typeof STATES)[number]};

export function openCheckout(id: string): void {
  view.value = {...view.value, checkout: id};
}

export function Stuck() {
  const [filter, narrow] = useState<Filter>({});
  const [cursor, turn] = useState<string | null>(null);
  const query = {...filter, limit: 50, ...(cursor ? {cursor} : {})};
  const look = (found: Filter) => {
    narrow(found);
    turn(null);
  };
  return (
    <>
      <section class="card">
        <h2>{label("stuck")}</h2>
        <Loaded of="summary" read={() => ops.GET("/ops/summary")}>
          {(summary) => <Summary summary={summary} />}
        </Loaded>
      </section>
      <section class="card">
        <FilterForm onLook={look} />
        <Loaded of={JSON.stringify(query)} read={() => ops.GET("/ops/checkouts", {params: {query}})}>
          {(page) => (
            <>
              <Rows page={page} />
              <div class="buttons">
                {cursor && (
                  <button class="quiet" type="button" onClick={() => turn(null)}>
                    {label("first")}
                  </button>
                )}
                {page.next_cursor && (
                  <button class="quiet" type="button" onClick={() => turn(page.next_cursor)}>
                    {label("next")}
                  </button>
                )}
              </div>
            </>
          )}
        </Loaded>
      </section>
      <OpenForm />
    </>
  );
}

function Summary({summary}: {summary: Schemas["OpsSummary"]}) {
  if (summary.counts.length === 0) return <p>{label("noneStuck")}</p>;
  return (
    <div class="wide" tabIndex={0} role="region" aria-label={label("counts")}>
      <table>
        <thead>
          <tr>
            {(["retailer", "state", "count", "oldest"] as const).map((name) => (
              <th key={name} scope="col">
                {label(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {summary.counts.map((one) => (
            <tr key={`${one.retailer} ${one.livemode} ${one.state}`}>
              <th scope="row">
                {one.retailer} {one.livemode ? "" : `(${label("test")})`}
              </th>
              <td>{one.state}</td>
              <td>{one.count}</td>
              <td>{age(one.oldest_age_seconds)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function FilterForm({onLook}: {onLook(filter: Filter): void}) {
  function send(event: SubmitEvent): void {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const filter: Filter = {};
    for (const name of TEXTS) {
      const text = String(data.get(name) ?? "").trim();
      if (text) filter[name] = text;
    }
    const state = STATES.find((one) => one === data.get("state"));
    if (state) filter.state = state;
    const minutes = Number(data.get("older_than"));
    if (minutes > 0) filter.older_than = Math.round(minutes * 60);
    onLook(filter);
  }
  return (
    <form class="filter" onSubmit={send}>
      {TEXTS.map((name) => (
        <div class="field" key={name}>
          <label for={`filter-${name}`}>{label(name)}</label>
          <input id={`filter-${name}`} name={name} maxLength={64} />
        </div>
      ))}
      <div class="field">
        <label for="filter-state">{label("state")}</label>
        <select id="filter-state" name="state">
          <option value="">{label("anything")}</option>
          {STATES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="filter-older">{label("olderThan")}</label>
        <input id="filter-older" name="older_than" type="number" min={0} max={100000} />
      </div>
      <button class="quiet">{label("show")}</button>
    </form>
  );
}

function Rows({page}: {page: Schemas["StuckPage"]}) {
  if (page.items.length === 0) return <p>{label("nothing")}</p>;
  return (
    <>
      {page.truncated && <p class="message">{label("truncated")}</p>}
      <div class="wide" tabIndex={0} role="region" aria-label={label("stuck")}>
        <table>
          <thead>
            <tr>
              {(["checkout", "retailer", "step", "state", "provider", "since"] as const).map((name) => (
                <th key={name} scope="col">
                  {label(name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{page.items.flatMap((one) => one.steps.map((step) => <Row key={`${one.checkout} ${step.case} ${step.step} ${step.reference}`} one={one} step={step} />))}</tbody>
        </table>
      </div>
    </>
  );
}

function Row({one, step}: {one: Schemas["StuckCheckout"]; step: Schemas["StuckStep"]}) {
  return (
    <tr>
      <th scope="row">
        <button class="link id" type="button" onClick={() => openCheckout(one.checkout)}>
          {one.checkout}
        </button>
      </th>
      <td>{one.retailer}</td>
      <td>{step.case ? `${step.case} · ${step.step}` : step.step}</td>
      <td>
        <span class={`tone ${toneOf(step.state)}`}>{step.state}</span> {step.code}
      </td>
      <td>{step.provider}</td>
      <td>{age(step.age_seconds ?? 0)}</td>
    </tr>
  );
}

function OpenForm() {
  function send(event: SubmitEvent): void {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    openCheckout(String(data.get("checkout")).trim());
  }
  return (
    <form class="card" onSubmit={send}>
      <div class="field">
        <label for="open-checkout">{label("checkoutNumber")}</label>
        <input id="open-checkout" name="checkout" required maxLength={64} />
      </div>
      <button class="quiet">{label("open")}</button>
    </form>
  );
}

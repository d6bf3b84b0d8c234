import {ops, type Schemas} from "../client";
import {asked, view} from "../state";
import {timelineOf, toneOf} from "../timeline";
import {label, moment} from "../words";
import {Loaded} from "./Loaded";
import {StepButtons} from "./StepButtons";

export function Story({id}: {id: string}) {
  const path = {checkout: id};
  return (
    <>
      <div>
        <button class="quiet" type="button" onClick={() => (view.value = {tab: view.value.tab})}>
          {label("back")}
        </button>
      </div>
      <Loaded of={id} read={() => ops.GET("/ops/checkouts/{checkout}", {params: {path}})}>
        {(found) => (
          <>
            <Head found={found} />
            <div class="story">
              <div class="stack">
                <Run title={label("steps")} id={id} steps={found.steps} undos={found.undos} />
                {(found.cases ?? []).map((one) => (
                  <Run key={one.case} title={`${label("case")} ${one.case}: ${one.status}`} id={id} of={one.case} can={one.can} steps={one.steps} undos={one.undos} />
                ))}
              </div>
              <Timeline found={found} />
            </div>
          </>
        )}
      </Loaded>
    </>
  );
}

function Head({found}: {found: Schemas["OpsCheckout"]}) {
  return (
    <section class="card">
      <h2>
        {label("checkout")} <code>{found.checkout}</code>
      </h2>
      <p>
        {found.retailer} {found.livemode ? "" : `(${label("test")})`} · {label("flow")}: {found.flow} · {label("status")}: {found.status} · {moment(found.updated_at)}
      </p>
      {found.can.includes("cancel") && <Cancel id={found.checkout} of={null} />}
    </section>
  );
}

function Cancel({id, of}: {id: string; of: string | null}) {
  const path = {checkout: id};
  const what = label(of ? "cancelCase" : "cancel");
  const ask = () =>
    (asked.value = {
      what,
      about: of ?? id,
      send: ({reason, evidence}) => ops.POST("/ops/checkouts/{checkout}/cancel", {params: {path}, body: {reason, evidence, case: of}}),
    });
  return (
    <button class="danger" type="button" onClick={ask}>
      {what} {of && <span class="unseen">{of}</span>}
    </button>
  );
}

interface RunParts {
  title: string;
  id: string;
  of?: string;
  can?: string[];
  steps: Schemas["OpsStep"][];
  undos: Schemas["OpsUndo"][];
}

function Run({title, id, of, can, steps, undos}: RunParts) {
  return (
    <section class="card">
      <h2>{title}</h2>
      {of && can?.includes("cancel") && <Cancel id={id} of={of} />}
      <ol class="flow">
        {steps.map((step) => (
          <StepNode key={step.step} id={id} of={of ?? null} step={step} />
        ))}
      </ol>
      {undos.length > 0 && <h3>{label("undos")}</h3>}
      <ul>
        {undos.map((undo) => (
          <li key={undo.reference}>
            {undo.step} · {undo.provider} · <code>{undo.reference}</code> · {label("attempts", {count: undo.attempts})} {undo.failed ? label("failed") : ""}
          </li>
        ))}
      </ul>
    </section>
  );
}

function StepNode({id, of, step}: {id: string; of: string | null; step: Schemas["OpsStep"]}) {
  const tone = toneOf(step.state);
  const who = step.declines.flatMap((one) => [one.lender, ...one.agencies]).filter(Boolean);
  return (
    <li>
      <svg viewBox="0 0 18 18" aria-hidden="true" fill="none" stroke-width="3" class={tone}>
        <circle cx="9" cy="9" r="7" />
        {tone === "good" && <path d="M5.5 9.5 8 12l4.5-5.5" stroke-width="2" />}
        {tone === "wrong" && <path d="M9 5v4.5M9 12v1.5" stroke-width="2" />}
      </svg>
      <div class="head">
        <h3>{step.step}</h3>
        <span class={`tone ${tone}`}>
          {step.state} {step.code}
        </span>
      </div>
      {step.provider && (
        <p class="aside">
          {step.provider} {step.vendor_code} {step.reference && <code>{step.reference}</code>}
        </p>
      )}
      {step.next_at && (
        <p class="aside">
          {label("nextAt")}: {moment(step.next_at)}
        </p>
      )}
      {step.give_up_at && (
        <p class="aside">
          {label("giveUpAt")}: {moment(step.give_up_at)}
        </p>
      )}
      {who.length > 0 && <p class="aside">{label("declines", {names: who.join(", ")})}</p>}
      <StepButtons id={id} of={of} step={step} />
    </li>
  );
}

function Timeline({found}: {found: Schemas["OpsCheckout"]}) {
  const moments = timelineOf(found);
  return (
    <section class="card">
      <h2>{label("timeline")}</h2>
      <p class="hint">{label("timelineHint")}</p>
      {moments.length === 0 && <p>{label("nothing")}</p>}
      <ol class="moments">
        {moments.map((one, at) => (
          <li key={at}>
            <time class="aside" dateTime={one.at}>
              {moment(one.at)}
            </time>
            <strong>{one.title}</strong>
            <span>{one.detail}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

import {ops, type Schemas} from "../client";
import {type Said, asked} from "../state";
import {label} from "../words";

type Verdict = Schemas["ResolveStep"]["verdict"];

/** What the engine would let somebody do with a step now: `can` of the API, nothing else. */
export function StepButtons({id, of, step}: {id: string; of: string | null; step: Schemas["OpsStep"]}) {
  const params = {path: {checkout: id, step: step.step}};
  const verdicts = step.can.filter((one) => one.startsWith("resolve ")).map((one) => one.slice("resolve ".length));
  const body = ({reason, evidence}: Said) => ({reason, evidence, case: of});
  const about = of ? `${of} ${step.step}` : step.step;
  const retry = () =>
    (asked.value = {
      what: label("retry"),
      about,
      send: (said) => ops.POST("/ops/checkouts/{checkout}/steps/{step}/retry", {params, body: body(said)}),
    });
  const skip = () =>
    (asked.value = {
      what: label("skip"),
      about,
      send: (said) => ops.POST("/ops/checkouts/{checkout}/steps/{step}/skip", {params, body: body(said)}),
    });
  const resolve = () =>
    (asked.value = {
      what: label("resolve"),
      about,
      verdicts,
      send: (said) =>
        ops.POST("/ops/checkouts/{checkout}/steps/{step}/resolve", {
          params,
          // The verdict is for the attempt that was looked at, and for no later one.
          body: {...body(said), verdict: said.verdict as Verdict, output: said.output, valid_until: said.validUntil, reference: step.reference},
        }),
    });
  if (step.can.length === 0) return null;
  return (
    <div class="buttons" role="group" aria-label={`${label("can")}: ${about}`}>
      {step.can.includes("retry") && <Do name="retry" about={about} act={retry} />}
      {step.can.includes("skip") && <Do name="skip" about={about} act={skip} />}
      {verdicts.length > 0 && <Do name="resolve" about={about} act={resolve} />}
    </div>
  );
}

function Do({name, about, act}: {name: "retry" | "skip" | "resolve"; about: string; act(): void}) {
  return (
    <button class="quiet" type="button" onClick={act}>
      {label(name)} <span class="unseen">{about}</span>
    </button>
  );
}

// What happened to a checkout, in one list: pure functions on what the API told.
import type {Schemas} from "./client";

export interface Moment {
  at: string;
  title: string;
  detail: string;
}

/** Provider trouble and operators' decisions of the checkout and its cases, the newest first. */
export function timelineOf(checkout: Schemas["OpsCheckout"]): Moment[] {
  const runs = [{prefix: "", steps: checkout.steps}].concat(
    (checkout.cases ?? []).map((one) => ({prefix: `${one.case} · `, steps: one.steps})),
  );
  const troubles = runs.flatMap(({prefix, steps}) =>
    steps.flatMap((step) => step.problems.map((problem) => troubleOf(prefix + step.step, problem))),
  );
  const moments = [...troubles, ...checkout.audit.map(decisionOf)];
  return moments.sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
}

function troubleOf(step: string, problem: Schemas["OpsProblem"]): Moment {
  const times = problem.times > 1 ? ` ×${problem.times}` : "";
  const ids = [
    problem.status === null ? null : `HTTP ${problem.status}`,
    problem.vendor_code,
    problem.request_id,
    problem.reference,
  ];
  return {
    at: problem.at,
    title: `${step}: ${problem.provider ?? ""} ${problem.operation} ${problem.outcome}: ${problem.code}${times}`,
    detail: ids.filter(Boolean).join(" · "),
  };
}

function decisionOf(entry: Schemas["AuditEntry"]): Moment {
  const what = [entry.action, entry.step].filter(Boolean).join(" ");
  const outcome = [entry.outcome, entry.code].filter(Boolean).join(" ");
  return {at: entry.at, title: `${entry.operator}: ${what} (${outcome})`, detail: entry.reason};
}

/** A span of seconds in the largest unit that fits, e.g. `2 h`. */
export function age(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** How a state is shown: what a person must look at, what is done, and the rest. */
export function toneOf(state: string): "wrong" | "good" | "open" {
  if (["in_review", "in_doubt", "undo_failed", "failed", "declined"].includes(state)) return "wrong";
  return state === "passed" || state === "undone" || state === "skipped" ? "good" : "open";
}

/** The shares of a split as people write them, `a=70, b=30`, or null for anything else. */
export function sharesOf(text: string): Record<string, number> | null {
  const shares: Record<string, number> = {};
  for (const part of text.split(/[,;]/)) {
    const found = /^\s*([\w.-]+)\s*[=:]\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(part);
    const [name, number] = [found?.[1], found?.[2]];
    if (!name || !number || Object.hasOwn(shares, name)) return null;
    shares[name] = Number(number);
  }
  return shares;
}

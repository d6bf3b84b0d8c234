// What the page knows: the checkout as the API told it last, and what is going on.
import {batch, computed, signal} from "@preact/signals";
import {type Appearance, type Checkout, type NextAction, type Problem, answered, api, slugOf} from "../shared/api";
import type {Values} from "../shared/schema";
import {locale} from "../shared/words";

/** Why there is no checkout to show. */
export type Closed = "opening" | "none" | "link-ended" | "signed-out" | "unreached" | "no-cookies";

export const closed = signal<Closed | null>("opening");
/** Why a link opened nothing, as the API says it. */
export const deadEnd = signal<Problem | null>(null);
/** A link that is still good, where this frame cannot use it. */
export const unusedLink = signal("");
export const checkout = signal<Checkout | null>(null);
export const appearance = signal<Appearance | null>(null);
/** The id of the action that is being sent. */
export const sending = signal<string | null>(null);
/** What was refused, and the action that it is about. */
export const refusal = signal<{action: string; problem: Problem} | null>(null);
export const offline = signal(false);
/** Goes up when what the customer did has led on: then the focus moves. */
export const moved = signal(0);
/** Forms that were sent in this page, so that they can be changed. */
export const known = signal<ReadonlyMap<string, NextAction>>(new Map());
/** What was typed into each form; in memory alone. */
export const drafts = new Map<string, Values>();
/** The step whose form is open again. */
export const reopened = signal<string | null>(null);

/** What the customer can do now, in the order to do it. */
export const due = computed(() => {
  const actions = checkout.value?.next_actions ?? [];
  return actions.filter((one) => one.due && one.type !== "cancel" && one.resolves.length === 0);
});

/** Takes the checkout over, unless something newer is known. */
export function take(found: Checkout): void {
  const present = checkout.value;
  if (present && present.id === found.id && present.version > found.version) return;
  batch(() => {
    remember(found);
    checkout.value = found;
    closed.value = null;
    offline.value = false;
    locale.value = found.locale;
  });
}

// What the stream told while something was being sent: the form stays until that is answered.
let told: Checkout | null = null;

/** Takes over what the stream tells, after what is being sent. */
export function hear(found: Checkout): void {
  if (sending.value === null) take(found);
  else told = found;
}

function remember(found: Checkout): void {
  const forms = found.next_actions.filter((one) => one.type === "submit" && one.step !== null);
  if (forms.length === 0) return;
  const map = new Map(known.value);
  for (const form of forms) map.set(form.step ?? "", form);
  known.value = map;
}

/** Reads the checkout anew; a problem closes the page or shows that there is no connection. */
export async function refresh(id: string): Promise<boolean> {
  const answer = await answered<Checkout>(
    api.GET("/v1/checkouts/{checkout}", {params: {path: {checkout: id}}}),
  );
  if (answer.kind === "done") {
    take(answer.body);
    return true;
  }
  if (answer.kind === "refused" && [401, 403, 404].includes(answer.problem.status)) {
    closed.value = "signed-out";
  } else if (checkout.value) {
    offline.value = true;
  } else {
    closed.value = "unreached";
  }
  return false;
}

export type Sent = "done" | "refused" | "unreached";

/** Sends what the customer did, once more where the connection broke: each may be repeated. */
async function send(action: string, ask: () => Promise<Awaited<ReturnType<typeof answered<Checkout>>>>): Promise<Sent> {
  if (sending.value !== null) return "refused";
  sending.value = action;
  let answer = await ask();
  if (answer.kind === "unreached") {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    answer = await ask();
  }
  batch(() => {
    sending.value = null;
    offline.value = answer.kind === "unreached";
    refusal.value = answer.kind === "refused" ? {action, problem: answer.problem} : null;
  });
  if (answer.kind === "done") {
    reopened.value = null;
    take(answer.body);
    moved.value += 1;
  }
  if (told) take(told);
  told = null;
  return answer.kind;
}

/** PUT of a step: a form, an option, a document that was shown, another try. */
export function submit(action: NextAction, body: Values): Promise<Sent> {
  const path = {checkout: checkout.value?.id ?? "", step: action.step ?? ""};
  // The body is what the action's schema says, which no type knows before.
  const sent = body as Record<string, never>;
  return send(action.id, () =>
    answered<Checkout>(api.PUT("/v1/checkouts/{checkout}/steps/{step}", {params: {path}, body: sent})),
  );
}

/** PATCH of the package. */
export function change(action: NextAction, patch: Record<string, unknown>): Promise<Sent> {
  const path = {checkout: checkout.value?.id ?? ""};
  const body = ("package" in patch ? patch : {package: patch}) as {package: Record<string, unknown>};
  return send(action.id, () =>
    answered<Checkout>(api.PATCH("/v1/checkouts/{checkout}", {params: {path}, body})),
  );
}

/** The customer's yes, to the price that is shown. */
export function complete(action: NextAction): Promise<Sent> {
  const present = checkout.value;
  const path = {checkout: present?.id ?? ""};
  const body = {quote_id: present?.quote.id ?? ""};
  const header = {"idempotency-key": crypto.randomUUID()};
  return send(action.id, async () => {
    const answer = await answered<Checkout>(
      api.POST("/v1/checkouts/{checkout}/complete", {params: {path, header}, body}),
    );
    // Another price is no dead end: the new one is shown, and asked for again.
    if (answer.kind === "refused" && slugOf(answer.problem) === "price-changed") await refresh(path.checkout);
    return answer;
  });
}

/** Another place in the waiting room, behind the others. */
export function queueAgain(action: NextAction): Promise<Sent> {
  const path = {checkout: checkout.value?.id ?? ""};
  return send(action.id, () =>
    answered<Checkout>(api.POST("/v1/checkouts/{checkout}/queue", {params: {path}})),
  );
}

/** The end of the order. */
export function cancel(action: NextAction): Promise<Sent> {
  const path = {checkout: checkout.value?.id ?? ""};
  const header = {"idempotency-key": crypto.randomUUID()};
  return send(action.id, () =>
    answered<Checkout>(
      api.POST("/v1/checkouts/{checkout}/cancel", {params: {path, header}, body: {reason: "changed_mind"}}),
    ),
  );
}

// What the operators' page knows: who is signed in, what is shown, and what is being asked for.
import {signal} from "@preact/signals";
import type {Problem} from "../shared/api";
import {answered} from "../shared/api";
import {ops, signIn} from "./client";
import {label} from "./words";

export const TABS = ["stuck", "routes", "letters", "requests", "audit"] as const;
export type Tab = (typeof TABS)[number];
export type View = {tab: Tab; checkout?: string};

/** What an operator is about to do; `send` gets what they wrote. */
export interface Asked {
  what: string;
  about: string;
  verdicts?: string[];
  shares?: string;
  send(said: Said): Promise<Fetched>;
}
export interface Said {
  reason: string;
  evidence: string | null;
  verdict: string;
  output: Record<string, unknown> | null;
  validUntil: string | null;
  shares: Record<string, number>;
}
interface Fetched {
  error?: unknown;
  response: Response;
}

export const operator = signal("");
export const view = signal<View>({tab: "stuck"});
export const asked = signal<Asked | null>(null);
export const told = signal("");
/** Grows with each action, so that what is shown is read again. */
export const changes = signal(0);

/** Whether the service knows the key; then it is used from now on. */
export async function enter(secret: string): Promise<string> {
  signIn(secret);
  const answer = await answered(ops.GET("/ops/summary"));
  if (answer.kind === "done") {
    operator.value = secret.split("_")[1] ?? "";
    return "";
  }
  signIn("");
  if (answer.kind === "unreached") return label("unreached");
  return answer.problem.status === 401 ? label("keyWrong") : wordsOf(answer.problem);
}

/** Forgets the key and all that it showed. */
export function leave(): void {
  signIn("");
  operator.value = "";
  asked.value = null;
  told.value = "";
  view.value = {tab: "stuck"};
}

/** What a refusal says, in the service's own words, with the fields that are wrong. */
export function wordsOf(problem: Problem): string {
  const fields = (problem.errors ?? []).map((one) => one.message);
  return [problem.detail ?? problem.title, ...fields].join(" ");
}

/** Sends what was asked for; the answer is a refusal in words, or nothing when it was taken. */
export async function perform(action: Asked, said: Said): Promise<string> {
  const status = {code: 0};
  const answer = await answered(
    action.send(said).then((found) => {
      status.code = found.response.status;
      return {...found, data: {}};
    }),
  );
  if (answer.kind === "unreached") return label("unreached");
  if (answer.kind === "refused") return wordsOf(answer.problem);
  const what = `${action.what} ${action.about}`;
  told.value = label(status.code === 202 ? "asked" : "done", {what});
  asked.value = null;
  changes.value += 1;
  return "";
}

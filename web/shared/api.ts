// The typed client of the API, as the browser of one customer uses it: by its cookie.
import createClient from "openapi-fetch";
import type {components, paths} from "../generated/api";

type Schemas = components["schemas"];
export type Checkout = Schemas["Checkout"];
export type NextAction = Schemas["NextAction"];
export type Message = Schemas["Message"];
export type Contract = Schemas["Contract"];
export type Paper = Schemas["Paper"];
export type ListedPaper = Schemas["ListedPaper"];
export type Problem = Schemas["Problem"];
export type WrongField = Schemas["WrongField"];
export type Step = Schemas["Step"];
export type Appearance = Schemas["Appearance"];

export const api = createClient<paths>({
  baseUrl: location.origin,
  credentials: "same-origin",
  headers: {Accept: "application/json"},
});

/** The answer of the API, its refusal, or that it was not reached. */
export type Answer<Body> =
  | {kind: "done"; body: Body}
  | {kind: "refused"; problem: Problem}
  | {kind: "unreached"};

interface Fetched<Body> {
  data?: Body;
  error?: unknown;
  response: Response;
}

/** What came of a request, with no exception left to catch. */
export async function answered<Body>(asked: Promise<Fetched<Body>>): Promise<Answer<Body>> {
  try {
    const {data, error, response} = await asked;
    if (response.ok && data !== undefined) return {kind: "done", body: data};
    if (isProblem(error)) return {kind: "refused", problem: error};
    return {kind: "unreached"};
  } catch {
    return {kind: "unreached"};
  }
}

function isProblem(found: unknown): found is Problem {
  return typeof found === "object" && found !== null && "type" in found && "status" in found;
}

/** The last part of a problem's type, e.g. `price-changed`. */
export function slugOf(problem: Problem): string {
  return problem.type.split("/").pop() ?? "";
}

// The typed client of one operator: the key lives in this module, and is gone with the page.
import createClient from "openapi-fetch";
import type {components, paths} from "../generated/api";

export type Schemas = components["schemas"];

let key = "";

export const ops = createClient<paths>({
  baseUrl: location.origin,
  credentials: "omit",
  headers: {Accept: "application/json"},
});

ops.use({
  onRequest({request}) {
    request.headers.set("Authorization", `Bearer ${key}`);
    return request;
  },
});

/** Every request from now on is this operator's; an empty key is nobody's. */
export function signIn(secret: string): void {
  key = secret;
}

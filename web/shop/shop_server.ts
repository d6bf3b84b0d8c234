// The shop's own server, which holds the secret key.
import {answered, type Answer} from "../shared/api";

export interface Settings {
  retailer: string;
  api: string;
  key: string;
  shops: string[];
}

export interface Result {
  status: "completed" | "canceled" | "unknown";
  order?: string | null;
}

export interface Eligibility {
  id: string;
  eligible: boolean;
  reasons: {code: string; content: string}[];
  settlement?: {figure: number} | null;
}

/** The retailer, by the first part of the address. */
export const retailer = location.pathname.split("/")[1] ?? "";

/** The API's address and the publishable key. */
export const settings = () => asked<Settings>("settings");

/** Where the customer goes on with what a quote says. */
export const checkoutOf = (quote: string) => asked<{url: string}>("checkout", {quote_id: quote});

/** What became of a checkout, if the signature is right. */
export const resultOf = (result: string) => asked<Result>("result", {result});

/** Whether an agreement may be upgraded. */
export const upgradeOf = (body: object) => asked<Eligibility>("upgrade", body);

function asked<Body>(path: string, body?: object): Promise<Answer<Body>> {
  return answered<Body>(sent<Body>(path, body));
}

async function sent<Body>(path: string, body?: object) {
  const response = await fetch(`/${retailer}/${path}`, {
    ...(body && {method: "POST", body: JSON.stringify(body)}),
    headers: {"Content-Type": "application/json"},
  });
  const read: unknown = await response.json();
  return response.ok ? {data: read as Body, response} : {error: read, response};
}

// What was typed, made into what the API takes; the API alone judges what it means.
import {minorUnits} from "../../shared/format";
import type {Field, Values} from "../../shared/schema";
import {word} from "../../shared/words";

export type Raw = Record<string, string | boolean>;

export interface Read {
  body: Values;
  /** What cannot even be sent, by field. */
  wrong: Record<string, string>;
}

/** The values as far as the conditions of a form can ask about them. */
export function judged(raw: Raw): Values {
  const given = Object.entries(raw).filter(([, value]) => value !== "");
  return Object.fromEntries(given);
}

/** The body of a form; what was left empty is left out. */
export function read(fields: Field[], raw: Raw, currency: string, digest: string | undefined): Read {
  const found: Read = {body: {}, wrong: {}};
  for (const field of fields) {
    if (field.kind === "digest") {
      if (digest !== undefined) found.body[field.name] = digest;
      continue;
    }
    const value = raw[field.name];
    if (value === undefined || value === "" || value === "--") continue;
    const sent = typeof value === "boolean" ? value : parsed(field, value, currency, found.wrong);
    if (sent !== undefined) found.body[field.name] = sent;
  }
  return found;
}

function parsed(field: Field, text: string, currency: string, wrong: Record<string, string>): unknown {
  if (field.kind === "money") {
    const amount = minorUnits(text, currency);
    if (amount === undefined) wrong[field.name] = word("notAmount", {example: "1500"});
    return amount;
  }
  if (field.kind === "number") {
    const plain = text.trim();
    if (/^\d{1,15}$/.test(plain)) return Number(plain);
    wrong[field.name] = word("notNumber");
    return undefined;
  }
  if (field.kind === "date") {
    const day = isoDay(text);
    if (day === undefined) wrong[field.name] = word("notDate", {example: "27 3 1990"});
    return day;
  }
  return text;
}

/** `1990-4-7` as ISO 8601 writes it; undefined where a part is missing. */
export function isoDay(text: string): string | undefined {
  const parts = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text.replace(/\s/g, ""));
  if (!parts) return undefined;
  const [, year, month, day] = parts;
  return `${year}-${month?.padStart(2, "0")}-${day?.padStart(2, "0")}`;
}

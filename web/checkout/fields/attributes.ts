// The right keyboard and the right memory of the browser for each field, by the API's names.
import type {Field} from "../../shared/schema";

const AUTOCOMPLETE: Record<string, string> = {
  given_name: "given-name",
  family_name: "family-name",
  email: "email",
  phone: "tel",
  line1: "address-line1",
  line2: "address-line2",
  town: "address-level2",
  region: "address-level1",
  postcode: "postal-code",
  country: "country",
  account_holder: "name",
  current_number: "tel",
  previous_line1: "off",
};
const DIGITS = new Set(["sort_code", "account_number", "imei", "agreement_number"]);
const CAPITALS = new Set(["postcode", "previous_postcode", "pac", "stac", "country", "agreement"]);
const PHONES = new Set(["phone", "current_number"]);
const SHORT = new Set(["postcode", "sort_code", "account_number", "pac", "stac", "country", "previous_postcode"]);

export interface Attributes {
  type: "text" | "email" | "tel";
  inputMode?: "numeric" | "decimal" | "tel" | "email" | "text";
  autoComplete: string;
  autoCapitalize?: "characters";
  spellcheck: boolean;
  maxLength?: number;
  className?: string;
}

/** What the input of a field carries. */
export function attributesOf(field: Field): Attributes {
  const phone = field.kind === "phone" || PHONES.has(field.name);
  const found: Attributes = {
    type: field.kind === "email" ? "email" : phone ? "tel" : "text",
    autoComplete: AUTOCOMPLETE[field.name] ?? "off",
    spellcheck: false,
  };
  if (field.kind === "money") found.inputMode = "decimal";
  if (field.kind === "number" || DIGITS.has(field.name)) found.inputMode = "numeric";
  if (CAPITALS.has(field.name)) found.autoCapitalize = "characters";
  if (field.schema.maxLength !== undefined) found.maxLength = field.schema.maxLength;
  if (SHORT.has(field.name) || field.kind === "money" || field.kind === "number") found.className = "short";
  return found;
}

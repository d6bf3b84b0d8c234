// The JSON Schema of an action as fields of a form: which there are now, and what they are.
export interface Schema {
  type?: string;
  title?: string;
  description?: string;
  format?: string;
  const?: unknown;
  default?: unknown;
  enum?: unknown[];
  labels?: Record<string, string>;
  examples?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
  allOf?: Schema[];
  if?: Schema;
  then?: Schema;
  else?: Schema;
}

export type Values = Record<string, unknown>;

export type Kind =
  | "text"
  | "email"
  | "phone"
  | "date"
  | "day"
  | "money"
  | "number"
  | "yes"
  | "choice"
  | "card"
  | "digest";

/** One field as it is now; `schema` is the arm that is not null. */
export interface Field {
  name: string;
  label: string;
  kind: Kind;
  schema: Schema;
  required: boolean;
  rare: boolean;
  hint?: string;
}

// What nearly everybody leaves as it is.
const RARE = new Set(["country", "region"]);

/** The fields that a form has with these values, in the order of its schema. */
export function fieldsOf(form: Schema, values: Values): Field[] {
  const demanded = demands(form, values);
  return Object.entries(form.properties ?? {})
    .filter(([name]) => !demanded.absent.has(name))
    .map(([name, schema]) => fieldOf(name, schema, demanded.required.has(name)));
}

function fieldOf(name: string, whole: Schema, required: boolean): Field {
  const schema = {...arm(whole), ...(whole.title === undefined ? {} : {title: whole.title})};
  const hint = schema.description ?? whole.description;
  const kind = kindOf(name, schema);
  return {
    name,
    label: schema.title ?? name.replaceAll("_", " "),
    kind,
    schema,
    required,
    rare: RARE.has(name) && !required,
    ...(hint === undefined ? {} : {hint}),
  };
}

/** The part of a field's schema that says what it is when it is not null. */
function arm(schema: Schema): Schema {
  return schema.anyOf?.find((one) => one.type !== "null") ?? schema;
}

function kindOf(name: string, schema: Schema): Kind {
  if (schema.format === "document-digest" || (name === "wording" && schema.type === "string")) {
    return "digest";
  }
  if (schema.format === "payment-token") return "card";
  if (schema.type === "boolean") return "yes";
  if (schema.enum) return schema.format === "date" ? "day" : "choice";
  if (schema.type === "integer") return schema.format === "minor-units" ? "money" : "number";
  if (schema.format === "email" || schema.format === "phone" || schema.format === "date") {
    return schema.format;
  }
  return "text";
}

interface Demands {
  required: Set<string>;
  absent: Set<string>;
}

/** What the conditions of a schema make of these values: what is needed, and what cannot be. */
function demands(form: Schema, values: Values): Demands {
  const found: Demands = {required: new Set(form.required), absent: new Set()};
  apply(form, values, found, new Set());
  return found;
}

function apply(schema: Schema, values: Values, found: Demands, judged: Set<string>): void {
  for (const part of schema.allOf ?? []) take(part, values, found, judged);
  if (!schema.if) return;
  // What is asked about has to be seen, or nobody could ever answer it otherwise.
  const asked = new Set([...judged, ...Object.keys(schema.if.properties ?? {})]);
  const branch = holds(schema.if, values) ? schema.then : schema.else;
  if (branch) take(branch, values, found, asked);
}

function take(schema: Schema, values: Values, found: Demands, judged: Set<string>): void {
  for (const name of schema.required ?? []) found.required.add(name);
  for (const [name, one] of Object.entries(schema.properties ?? {})) {
    const never = one.type === "null" || one.const === false;
    if (never && !judged.has(name)) found.absent.add(name);
  }
  apply(schema, values, found, judged);
}

function holds(condition: Schema, values: Values): boolean {
  const there = (condition.required ?? []).every((name) => values[name] != null);
  return there && Object.entries(condition.properties ?? {}).every(([name, one]) => fits(one, values[name]));
}

function fits(schema: Schema, value: unknown): boolean {
  if (value === undefined) return true;
  if ("const" in schema) return value === schema.const;
  if (schema.enum) return schema.enum.includes(value);
  if (schema.type === "null") return value === null;
  if (schema.type === "string") return typeof value === "string";
  return true;
}

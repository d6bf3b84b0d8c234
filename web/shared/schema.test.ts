import {describe, expect, it} from "vitest";
import {fieldsOf, type Schema} from "./schema";

const number: Schema = {
  properties: {
    keep_number: {type: "boolean", default: false},
    pac: {anyOf: [{type: "string"}, {type: "null"}], title: "PAC"},
    current_number: {anyOf: [{type: "string"}, {type: "null"}]},
    stac: {anyOf: [{type: "string"}, {type: "null"}]},
    sim: {type: "string", enum: ["esim", "physical"]},
  },
  required: [],
  if: {required: ["keep_number"], properties: {keep_number: {const: true}}},
  then: {
    required: ["pac", "current_number"],
    properties: {pac: {type: "string"}, current_number: {type: "string"}, stac: {type: "null"}},
  },
  else: {
    if: {required: ["stac"], properties: {stac: {type: "string"}}},
    then: {required: ["current_number"], properties: {pac: {type: "null"}}},
    else: {
      properties: {pac: {type: "null"}, stac: {type: "null"}, current_number: {type: "null"}},
    },
  },
};
const names = (values: Record<string, unknown>) => fieldsOf(number, values).map((one) => one.name);

describe("the fields of a form", () => {
  it("leaves out what cannot be sent, but never what decides about it", () => {
    expect(names({})).toEqual(["keep_number", "stac", "sim"]);
  });
  it("asks for what an answer makes needed", () => {
    expect(names({keep_number: true})).toEqual(["keep_number", "pac", "current_number", "sim"]);
    const needed = fieldsOf(number, {keep_number: true}).filter((one) => one.required);
    expect(needed.map((one) => one.name)).toEqual(["pac", "current_number"]);
  });
  it("follows the second condition where the first does not hold", () => {
    expect(names({stac: "123456ABC"})).toEqual(["keep_number", "current_number", "stac", "sim"]);
  });
  it("takes kind and hint from the arm that is not null, and the title from outside", () => {
    const form: Schema = {
      properties: {
        day: {title: "Day", anyOf: [{type: "string", format: "date", description: "d"}, {type: "null"}]},
        pay: {type: "integer", format: "minor-units"},
        children: {type: "integer"},
        card: {type: "string", format: "payment-token"},
        wording: {type: "string"},
      },
    };
    expect(fieldsOf(form, {}).map((one) => one.kind)).toEqual(["date", "money", "number", "card", "digest"]);
    expect(fieldsOf(form, {})[0]).toMatchObject({label: "Day", hint: "d", required: false});
  });
});

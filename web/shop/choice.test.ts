import {expect, test} from "vitest";
import {choiceOf, linkOf, nothing, packageOf} from "./choice";

const full = {
  ...nothing,
  flow: "handset-on-credit",
  handset: "handset-mid",
  tariff: "sim-50gb",
  plan: "credit-24-0",
  deposit: 4900,
  accessories: ["case-clear", "earbuds"],
  tradeIn: {model: "Fern 7", grade: "good", imei: "490154203237518"},
};

test("a shared link has the whole basket, but not the number of a device", () => {
  const link = linkOf(full);
  expect(link).not.toContain("490154203237518");
  expect(choiceOf(link)).toEqual({...full, tradeIn: {...full.tradeIn, imei: ""}});
});

test("a link that somebody made up is no error", () => {
  expect(choiceOf("deposit=x&plan=")).toEqual(nothing);
});

test("a part that is not chosen is in no package", () => {
  expect(packageOf({...nothing, tariff: "sim-5gb"})).toEqual({tariff: "sim-5gb"});
});

import {expect, test} from "vitest";
import {heard, targetOf} from "./element";

test("the secret of a link is in no address of the frame", () => {
  const found = targetOf("https://buy.example/checkout#ho_a-B_9", "pocket");
  expect(found).toEqual({origin: "https://buy.example", page: "https://buy.example/checkout/pocket", secret: "ho_a-B_9"});
});

test.each([
  [null, "pocket"],
  ["https://buy.example/checkout#ho_a", null],
  ["https://buy.example/checkout#ho_a", "../x"],
  ["https://buy.example/checkout?s=ho_a", "pocket"],
  ["https://buy.example/checkout#chk_1", "pocket"],
  ["javascript:alert(1)#ho_a", "pocket"],
  ["not a link", "pocket"],
])("%s of %s opens nothing", (link, retailer) => {
  expect(targetOf(link, retailer)).toBeNull();
});

test("only the four events are heard, and a height is bounded", () => {
  const source = "unshackled-checkout";
  expect(heard({source, type: "ready", more: 1})).toEqual({type: "ready", detail: {}});
  expect(heard({source, type: "height", height: 99.2})).toEqual({type: "height", detail: {height: 100}});
  expect(heard({source, type: "height", height: 1e9})?.detail).toEqual({height: 20_000});
  expect(heard({source, type: "completed", checkout: "chk_1", url: "https://shop.example/"})?.detail).toEqual({
    checkout: "chk_1",
    url: "https://shop.example/",
  });
  for (const data of [null, "ready", {type: "ready"}, {source, type: "click"}, {source, type: "height", height: "1px"}]) {
    expect(heard(data)).toBeNull();
  }
});

import {describe, expect, it} from "vitest";
import {day, digitsOf, minorUnits, money, phone} from "./format";
import {locale} from "./words";

locale.value = "en-GB";

describe("amounts", () => {
  it("reads what people write", () => {
    const cases: [string, number | undefined][] = [
      ["1500", 150000],
      ["1,500", 150000],
      ["1,500.00", 150000],
      ["£1 500.5", 150050],
      ["1.500,00 €", 150000],
      ["12,5", 1250],
      ["0", 0],
      ["12.345.678,90", 1234567890],
      ["", undefined],
      ["-5", undefined],
      ["abc", undefined],
      ["1,50,00", undefined],
      ["12.3456", undefined],
    ];
    for (const [text, amount] of cases) expect([text, minorUnits(text, "GBP")]).toEqual([text, amount]);
  });
  it("knows currencies without minor units", () => {
    expect(digitsOf("JPY")).toBe(0);
    expect(minorUnits("1,500", "JPY")).toBe(1500);
    expect(minorUnits("15.5", "JPY")).toBeUndefined();
  });
  it("writes them as the locale does", () => {
    expect(money(2788, "GBP")).toBe("£27.88");
  });
});

describe("days and numbers", () => {
  it("writes a day of the calendar, whatever the zone", () => {
    expect(day("2026-12-04")).toBe("4 December 2026");
  });
  it("groups a British number", () => {
    expect(phone("+447700900123")).toBe("+44 7700 900123");
  });
});

// Money, days and times as the locale writes them.
import {locale} from "./words";

/** How many minor units one unit of a currency has, as a power of ten: 2 for GBP, 0 for JPY. */
export function digitsOf(currency: string): number {
  return new Intl.NumberFormat("en", {style: "currency", currency}).resolvedOptions()
    .maximumFractionDigits ?? 2;
}

/** An amount of minor units, e.g. £27.88. */
export function money(amount: number, currency: string): string {
  const format = new Intl.NumberFormat(locale.value, {style: "currency", currency});
  return format.format(amount / 10 ** digitsOf(currency));
}

/** The sign that stands before an amount, e.g. £. */
export function signOf(currency: string): string {
  const format = new Intl.NumberFormat(locale.value, {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
  });
  return format.formatToParts(0).find((part) => part.type === "currency")?.value ?? currency;
}

/**
 * Minor units of what somebody wrote: `1500`, `1,500.00`, `£1 500`; undefined where it is no amount.
 * The last point or comma is the decimal one if one or two digits follow it.
 */
export function minorUnits(text: string, currency: string): number | undefined {
  const digits = digitsOf(currency);
  const plain = text.replace(/[\s\u00a0\u202f'’]/g, "").replace(/^[^\d.,-]{1,3}|[^\d.,]{1,3}$/g, "");
  if (!/^\d[\d.,]*$|^[.,]\d+$/.test(plain)) return undefined;
  const at = Math.max(plain.lastIndexOf("."), plain.lastIndexOf(","));
  const fraction = at < 0 ? "" : plain.slice(at + 1);
  const decimal = at >= 0 && digits > 0 && fraction.length >= 1 && fraction.length <= digits;
  const written = decimal ? plain.slice(0, at) : plain;
  if (!/^\d*$|^\d{1,3}([.,]\d{3})+$/.test(written)) return undefined;
  const whole = written.replace(/[.,]/g, "") || "0";
  const found = Number(whole + (decimal ? fraction : "").padEnd(digits, "0"));
  return Number.isSafeInteger(found) ? found : undefined;
}

/** A day such as 2026-12-04, e.g. 4 December 2026; the calendar's, in no time zone. */
export function day(text: string, style: "long" | "short" = "long"): string {
  const options: Intl.DateTimeFormatOptions =
    style === "long"
      ? {day: "numeric", month: "long", year: "numeric"}
      : {weekday: "short", day: "numeric", month: "short"};
  const date = new Date(`${text.slice(0, 10)}T12:00:00Z`);
  return new Intl.DateTimeFormat(locale.value, {...options, timeZone: "UTC"}).format(date);
}

/** The time of day of a moment, e.g. 08:00, where the customer is. */
export function time(text: string): string {
  const format = new Intl.DateTimeFormat(locale.value, {hour: "2-digit", minute: "2-digit"});
  return format.format(new Date(text));
}

/** The day of a moment where the customer is, as ISO 8601 writes it. */
export function localDay(text: string): string {
  const moment = new Date(text);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}

/** Digits in groups that a person can read out, e.g. +44 7700 900123. */
export function phone(text: string): string {
  return text.replace(/^\+44(\d{4})(\d{6})$/, "+44 $1 $2").replace(/^0(\d{4})(\d{6})$/, "0$1 $2");
}

import {expect, test} from "vitest";
import type {Schemas} from "./client";
import {age, sharesOf, timelineOf, toneOf} from "./timeline";

test("trouble and decisions are one list, the newest first, with the case they belong to", () => {
  const problem = {at: "2026-11-22T12:00:00Z", times: 3, provider: "stripe", operation: "payment.charge", outcome: "in_doubt", code: "timeout", status: 500, vendor_code: null, request_id: "req_1", reference: null};
  const entry = {at: "2026-11-22T13:00:00+00:00", operator: "alice", action: "resolve", step: "deposit", outcome: "done", code: "", reason: "found in the portal"};
  const steps = [{step: "refund", problems: [problem]}];
  const told = {steps: [], cases: [{case: "refund-1", steps}], audit: [entry]} as unknown as Schemas["OpsCheckout"];
  expect(timelineOf(told)).toEqual([
    {at: entry.at, title: "alice: resolve deposit (done)", detail: "found in the portal"},
    {at: problem.at, title: "refund-1 · refund: stripe payment.charge in_doubt: timeout ×3", detail: "HTTP 500 · req_1"},
  ]);
});

test("an age is told in its largest unit", () => {
  expect([59, 60, 3600, 172_800].map(age)).toEqual(["59 s", "1 min", "1 h", "2 d"]);
});

test("what needs a person stands out from what is done", () => {
  expect(["in_review", "passed", "ready"].map(toneOf)).toEqual(["wrong", "good", "open"]);
});

test("shares are read as people write them, and nothing is guessed", () => {
  expect(sharesOf("stripe=70, adyen: 30 %")).toEqual({stripe: 70, adyen: 30});
  expect([sharesOf("stripe"), sharesOf("a=1,a=2"), sharesOf("")]).toEqual([null, null, null]);
});

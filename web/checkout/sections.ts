// Progress as a customer sees it: a few sections, whatever a flow calls its steps.
import type {Checkout, Step} from "../shared/api";
import type {Word} from "../shared/words";

export interface Section {
  name: Word;
  state: "done" | "current" | "later";
}

// Which section what a step does belongs to: the models and documents that the API documents.
const SECTION: Record<string, Word> = {
  contact: "sectionYou",
  address: "sectionYou",
  existing_agreement: "sectionDevice",
  device_return: "sectionDevice",
  "delivery.slots": "sectionDelivery",
  number: "sectionNumber",
  income_and_outgoings: "sectionMoney",
  credit_information: "sectionMoney",
  first_payment: "sectionMoney",
  credit_search_consent: "sectionMoney",
  "credit.apply": "sectionMoney",
  pre_contract_credit_information: "sectionTerms",
  adequate_explanation: "sectionTerms",
  contract_summary: "sectionTerms",
  "agreement.sign": "sectionTerms",
  payment_method: "sectionPayment",
  bank_account: "sectionPayment",
  direct_debit_guarantee: "sectionPayment",
  package: "sectionReview",
};
const ORDER: Word[] = [
  "sectionYou",
  "sectionDevice",
  "sectionDelivery",
  "sectionNumber",
  "sectionMore",
  "sectionMoney",
  "sectionPayment",
  "sectionTerms",
  "sectionReview",
];
const KINDS = new Set(["collect", "show", "choose", "confirm", "review"]);

/** The section of a step, and null of one that no customer does anything about. */
export function sectionOf(step: Step): Word | null {
  const found = SECTION[step.does];
  if (found) return found;
  return KINDS.has(step.kind) ? "sectionMore" : null;
}

/** Where a section stands among the others. */
export function rankOf(name: Word | null): number {
  return name === null ? ORDER.length : ORDER.indexOf(name);
}

/** The sections of a checkout with how far they are; `at` is the step that is open now. */
export function sectionsOf(checkout: Checkout, at: string | null): Section[] {
  const current = checkout.steps.find((step) => step.name === at);
  const open = current ? sectionOf(current) : null;
  return ORDER.flatMap((name): Section[] => {
    const steps = checkout.steps.filter(
      (step) => sectionOf(step) === name && step.state !== "skipped",
    );
    if (steps.length === 0) return [];
    if (name === open) return [{name, state: "current"}];
    const done = steps.every((step) => step.state === "passed" || step.submitted);
    return [{name, state: done ? "done" : "later"}];
  });
}

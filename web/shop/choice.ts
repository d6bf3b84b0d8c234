// What is in the basket, and the link that has it: nothing personal, so that it can be shared.
export interface TradeIn {
  model: string;
  grade: string;
  imei: string;
}

export interface Choice {
  flow: string;
  handset: string;
  tariff: string;
  plan: string;
  deposit: number;
  accessories: string[];
  tradeIn: TradeIn | null;
  upgrade: string;
}

export const nothing: Choice = {
  flow: "",
  handset: "",
  tariff: "",
  plan: "",
  deposit: 0,
  accessories: [],
  tradeIn: null,
  upgrade: "",
};

/** The part of an address that says what is chosen; the number of an old device is not in it. */
export function linkOf(choice: Choice): string {
  const found = new URLSearchParams();
  for (const name of ["flow", "handset", "tariff", "plan"] as const) {
    if (choice[name]) found.set(name, choice[name]);
  }
  if (choice.plan && choice.deposit) found.set("deposit", String(choice.deposit));
  for (const one of choice.accessories) found.append("accessory", one);
  if (choice.tradeIn) {
    found.set("trade-in", choice.tradeIn.model);
    found.set("grade", choice.tradeIn.grade);
  }
  return found.toString();
}

/** What such an address says. */
export function choiceOf(link: string): Choice {
  const found = new URLSearchParams(link);
  const text = (name: string) => found.get(name) ?? "";
  const deposit = Number(text("deposit"));
  const model = text("trade-in");
  return {
    ...nothing,
    flow: text("flow"),
    handset: text("handset"),
    tariff: text("tariff"),
    plan: text("plan"),
    deposit: Number.isSafeInteger(deposit) && deposit > 0 ? deposit : 0,
    accessories: found.getAll("accessory").slice(0, 20),
    tradeIn: model ? {model, grade: text("grade"), imei: ""} : null,
  };
}

/** The package as the API takes it. */
export function packageOf(choice: Choice) {
  return {
    ...(choice.handset && {handset: choice.handset}),
    ...(choice.tariff && {tariff: choice.tariff}),
    ...(choice.plan && {credit: {plan: choice.plan, deposit: choice.deposit}}),
    ...(choice.accessories.length > 0 && {accessories: choice.accessories}),
    ...(choice.tradeIn && {trade_in: choice.tradeIn}),
    ...(choice.upgrade && {upgrade: {eligibility: choice.upgrade}}),
  };
}

/** The same as parameters of the catalogue's lists. */
export function parametersOf(choice: Choice) {
  return {
    ...(choice.handset && {handset: choice.handset}),
    ...(choice.tariff && {tariff: choice.tariff}),
    ...(choice.plan && {credit_plan: choice.plan, deposit: choice.deposit}),
    ...(choice.accessories.length > 0 && {accessories: choice.accessories}),
    ...(choice.tradeIn && {trade_in_model: choice.tradeIn.model}),
    include: "excluded" as const,
  };
}

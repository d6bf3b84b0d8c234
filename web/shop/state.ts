// What the shop knows, and what happens when something is chosen.
import {computed, signal} from "@preact/signals";
import type {Problem} from "../shared/api";
import {
  catalogueOf,
  type Accessory,
  type Appearance,
  type Catalogue,
  type CreditPlan,
  type Handset,
  type Listed,
  type OldDevice,
  type Quoted,
  type SoldFlow,
  type Tariff,
} from "./catalogue";
import {choiceOf, linkOf, nothing, type Choice} from "./choice";
import {checkoutOf, settings, type Settings} from "./shop_server";

export const shop = signal<Settings | null>(null);
export const appearance = signal<Appearance | null>(null);
export const flows = signal<SoldFlow[]>([]);
export const choice = signal<Choice>(nothing);
export const handsets = signal<Listed<Handset>>({items: [], excluded: []});
export const tariffs = signal<Listed<Tariff>>({items: [], excluded: []});
export const plans = signal<Listed<CreditPlan>>({items: [], excluded: []});
export const accessories = signal<Listed<Accessory>>({items: [], excluded: []});
export const oldDevices = signal<Listed<OldDevice>>({items: [], excluded: []});
export const quoted = signal<Quoted | null>(null);
export const problem = signal<Problem | null>(null);
export const state = signal<"opening" | "ready" | "pricing" | "leaving" | "unreached">("opening");

/** The flow that is chosen, with what it sells. */
export const flow = computed(() => flows.value.find((one) => one.name === choice.value.flow) ?? null);

/** Whether the flow upgrades an agreement, which only the refusal of a quote tells. */
export const upgrades = signal(false);

let catalogue: Catalogue | null = null;
let asked = 0;

/** Whether a part is sold with the flow: `required`, `optional`, or not at all. */
export function sold(part: string): string | undefined {
  return (flow.value?.sells as Record<string, string> | undefined)?.[part];
}

/** Opens the shop with the basket that the address names. */
export async function openShop(): Promise<void> {
  const found = await settings();
  if (found.kind !== "done") return void (state.value = "unreached");
  shop.value = found.body;
  catalogue = catalogueOf(found.body);
  const [look, sells] = await Promise.all([catalogue.appearance(), catalogue.flows()]);
  if (look.kind !== "done" || sells.kind !== "done") return void (state.value = "unreached");
  appearance.value = look.body;
  flows.value = sells.body.items;
  const linked = choiceOf(location.search);
  const known = flows.value.some((one) => one.name === linked.flow);
  const first = flows.value.find((one) => one.default) ?? flows.value[0];
  await choose({...linked, flow: known ? linked.flow : (first?.name ?? "")});
}

/** Another flow: parts that it does not sell leave the basket. */
export function chooseFlow(name: string): Promise<void> {
  upgrades.value = false;
  return choose({...choice.value, flow: name, upgrade: ""});
}

/** A change of what is chosen: the lists and the price follow. */
export async function choose(change: Partial<Choice>): Promise<void> {
  choice.value = {...choice.value, ...change};
  await list();
  if (linkOf(completed(choice.value)) !== linkOf(choice.value)) {
    choice.value = completed(choice.value);
    await list();
  }
  history.replaceState(null, "", `${location.pathname}?${linkOf(choice.value)}`);
  await price();
}

/** The customer goes on to the checkout. */
export async function leave(): Promise<void> {
  if (!quoted.value) return;
  state.value = "leaving";
  const made = await checkoutOf(quoted.value.id);
  if (made.kind === "done") return location.assign(made.body.url);
  state.value = made.kind === "unreached" ? "unreached" : "ready";
  if (made.kind === "refused") {
    problem.value = made.problem;
    quoted.value = null;
  }
}

async function list(): Promise<void> {
  const now = choice.value;
  const wanted = <T>(part: string, ask: Promise<T>) => (sold(part) ? ask : Promise.resolve(null));
  const from = catalogue;
  if (!from) return;
  const [phones, airtime, credit, extras, old] = await Promise.all([
    wanted("handset", from.handsets(now)),
    wanted("tariff", from.tariffs(now)),
    wanted("credit", from.plans(now)),
    wanted("accessories", from.accessories(now)),
    wanted("trade_in", from.oldDevices(now)),
  ]);
  keep(handsets, phones);
  keep(tariffs, airtime);
  keep(plans, credit);
  keep(accessories, extras);
  keep(oldDevices, old);
}

interface Found<Item> {
  items: Item[];
  excluded?: Listed<Item>["excluded"] | null;
}

function keep<Item>(
  where: {value: Listed<Item>},
  found: {kind: string; body?: Found<Item>} | null,
): void {
  if (found === null) where.value = {items: [], excluded: []};
  else if (found.body) where.value = {items: found.body.items, excluded: found.body.excluded ?? []};
}

/** Without parts that are not sold, and with the first of each that is needed. */
function completed(now: Choice): Choice {
  const needed = (part: string, chosen: string, first: string | undefined) =>
    !sold(part) ? "" : chosen || (sold(part) === "required" ? (first ?? "") : "");
  const plan = needed("credit", now.plan, plans.value.items[0]?.code);
  return {
    ...now,
    handset: needed("handset", now.handset, handsets.value.items[0]?.sku),
    tariff: needed("tariff", now.tariff, tariffs.value.items[0]?.sku),
    plan,
    deposit: plan ? now.deposit : 0,
    accessories: sold("accessories") ? now.accessories : [],
    tradeIn: sold("trade_in") ? now.tradeIn : null,
  };
}

async function price(): Promise<void> {
  if (!catalogue) return;
  const turn = ++asked;
  state.value = "pricing";
  const found = await catalogue.quote(choice.value);
  if (turn !== asked) return; // something else was chosen meanwhile
  state.value = found.kind === "unreached" ? "unreached" : "ready";
  quoted.value = found.kind === "done" ? found.body : null;
  problem.value = found.kind === "refused" ? found.problem : null;
  if (found.kind === "refused") upgrades.value ||= needsUpgrade(found.problem);
}

function needsUpgrade(refusal: Problem): boolean {
  return (refusal.errors ?? []).some((one) => one.path === "package.upgrade");
}

/** The currency of the shop. */
export const currency = computed(() => quoted.value?.currency ?? "GBP");

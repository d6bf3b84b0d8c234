// The API as a page of the shop uses it: catalogue and quotes, with the publishable key.
import createClient from "openapi-fetch";
import type {components, paths} from "../generated/api";
import {answered} from "../shared/api";
import {locale} from "../shared/words";
import {packageOf, parametersOf, type Choice} from "./choice";
import type {Settings} from "./shop_server";

type Schemas = components["schemas"];
export type Handset = Schemas["ListedHandset"];
export type Tariff = Schemas["Tariff"];
export type CreditPlan = Schemas["ShownCreditPlan"];
export type Accessory = Schemas["Accessories"]["items"][number];
export type OldDevice = Schemas["TradeIns"]["items"][number];
export type Excluded = Schemas["Excluded"];
export type SoldFlow = Schemas["SoldFlow"];
export type Quoted = Schemas["Quoted"];
export type Appearance = Schemas["Appearance"];

/** A list with what does not fit. */
export interface Listed<Item> {
  items: Item[];
  excluded: Excluded[];
}

export type Catalogue = ReturnType<typeof catalogueOf>;

/** What the page asks the API for. */
export function catalogueOf({api, key, retailer}: Settings) {
  const client = createClient<paths>({
    baseUrl: api,
    credentials: "omit",
    headers: {Accept: "application/json", Authorization: `Bearer ${key}`},
  });
  const query = (choice: Choice) => ({
    params: {query: {...parametersOf(choice), locale: locale.value}},
  });
  return {
    appearance: () =>
      answered(
        client.GET("/v1/retailers/{retailer}/appearance", {
          params: {path: {retailer}, query: {locale: locale.value}},
        }),
      ),
    flows: () => answered(client.GET("/v1/flows")),
    handsets: (choice: Choice) => answered(client.GET("/v1/handsets", query(choice))),
    tariffs: (choice: Choice) => answered(client.GET("/v1/tariffs", query(choice))),
    plans: (choice: Choice) => answered(client.GET("/v1/credit-plans", query(choice))),
    accessories: (choice: Choice) => answered(client.GET("/v1/accessories", query(choice))),
    oldDevices: (choice: Choice) => answered(client.GET("/v1/trade-ins", query(choice))),
    quote: (choice: Choice) =>
      answered(
        client.POST("/v1/quotes", {
          body: {flow: choice.flow, package: packageOf(choice), locale: locale.value} as Schemas["AskQuote"],
        }),
      ),
  };
}

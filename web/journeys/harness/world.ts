// One service and one browser for all journeys of a run.
import {after, before} from "node:test";
import type {Browser} from "playwright-core";
import {launch} from "./browser.ts";
import {Service} from "./service.ts";

interface World {
  service: Service;
  browser: Browser;
}

let running: Promise<World> | undefined;
let asked = 0;

/** Call at the top of a file of journeys: what it gives is there when they run. */
export function world(): () => World {
  let found: World | undefined;
  before(async () => {
    asked += 1;
    running ??= Promise.all([new Service().start(), launch()]).then(([service, browser]) => ({service, browser}));
    found = await running;
  });
  after(async () => {
    asked -= 1;
    await found?.service.wellAgain();
    if (asked === 0 && process.exitCode === undefined) await stop();
  });
  return () => {
    if (!found) throw new Error("the world is not there before the journeys run");
    return found;
  };
}

async function stop(): Promise<void> {
  const found = await running;
  running = undefined;
  await found?.browser.close();
  await found?.service.stop();
}
process.once("beforeExit", () => void stop());

export const PACKAGES: Record<string, Record<string, unknown>> = {
  northstar: {
    flow: "handset-on-credit",
    package: {handset: "handset-mid", tariff: "sim-50gb", credit: {plan: "credit-24-0", deposit: 4900}},
  },
  pocket: {flow: "sim-only", package: {tariff: "sim-20gb"}},
  orbit: {
    flow: "upgrade",
    package: {handset: "handset-pro", tariff: "sim-50gb", credit: {plan: "credit-24-0", deposit: 4900}},
  },
};

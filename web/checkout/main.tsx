import {effect} from "@preact/signals";
import {render} from "preact";
import {languageOf, locale} from "../shared/words";
import {open} from "./handoff";
import {follow} from "./live";
import {Page} from "./parts/Page";
import {checkout, closed, refresh} from "./state";

const root = document.getElementById("page");
if (root) render(<Page />, root);

effect(() => {
  document.documentElement.lang = checkout.value?.locale ?? languageOf(locale.value);
});

/** Opens what the address names, and follows it. */
async function start(): Promise<void> {
  closed.value = "opening";
  checkout.value = null;
  await open();
  while (closed.peek() === "unreached") {
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await open();
  }
  const found = checkout.peek();
  if (found) follow(found.id);
}

/** Looks again when the customer comes back: by the back button, or to the tab. */
function lookAgain(): void {
  const found = checkout.peek();
  if (found && document.visibilityState === "visible") {
    void refresh(found.id).then(() => follow(found.id));
  }
}

window.addEventListener("hashchange", () => void start());
window.addEventListener("online", lookAgain);
window.addEventListener("pageshow", (event) => event.persisted && lookAgain());
document.addEventListener("visibilitychange", lookAgain);
void start();

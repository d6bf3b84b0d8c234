import {effect} from "@preact/signals";
import {render} from "preact";
import {languageOf, locale} from "../shared/words";
import {Shop} from "./parts/Shop";
import {appearance, openShop, shop} from "./state";

const root = document.getElementById("page");
if (root) render(<Shop />, root);
document.documentElement.lang = languageOf(locale.value);

effect(() => {
  const look = appearance.value;
  if (!look) return;
  document.title = look.name;
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = `${shop.peek()?.api}${look.stylesheet}`;
  document.head.append(sheet);
});

void openShop();

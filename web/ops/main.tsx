import {render} from "preact";
import {languageOf, locale} from "../shared/words";
import {Page} from "./parts/Page";
import {label} from "./words";

document.documentElement.lang = languageOf(locale.value);
document.title = label("operations");
const root = document.getElementById("page");
if (root) render(<Page />, root);

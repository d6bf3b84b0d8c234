import {useEffect, useRef} from "preact/hooks";
import {asked, changes, leave, operator, TABS, told, view} from "../state";
import {label} from "../words";
import {ActionDialog} from "./ActionDialog";
import {Audit} from "./Audit";
import {Letters} from "./Letters";
import {Requests} from "./Requests";
import {Routes} from "./Routes";
import {SignIn} from "./SignIn";
import {Story} from "./Story";
import {Stuck} from "./Stuck";

const SHOWN = {stuck: Stuck, routes: Routes, letters: Letters, requests: Requests, audit: Audit};

export function Page() {
  return (
    <>
      <header class="header">
        <div class="inner">
          <h1>{label("operations")}</h1>
          {operator.value && (
            <span>
              {label("signedInAs", {name: operator.value})}{" "}
              <button class="link" type="button" onClick={leave}>
                {label("signOut")}
              </button>
            </span>
          )}
        </div>
      </header>
      <main>{operator.value ? <Desk /> : <SignIn />}</main>
    </>
  );
}

function Desk() {
  const {tab, checkout} = view.value;
  const start = useRef<HTMLDivElement>(null);
  const Shown = SHOWN[tab];
  useEffect(() => start.current?.focus(), [tab, checkout]);
  const go = (name: (typeof TABS)[number]) => {
    told.value = "";
    view.value = {tab: name};
  };
  return (
    <>
      <nav class="tabs" aria-label={label("sections")}>
        {TABS.map((name) => (
          <button key={name} type="button" aria-current={name === tab ? "page" : undefined} onClick={() => go(name)}>
            {label(name)}
          </button>
        ))}
        <button type="button" onClick={() => (changes.value += 1)}>
          {label("refresh")}
        </button>
      </nav>
      <p role="status" class={told.value ? "message" : "unseen"}>
        {told.value}
      </p>
      <div class="stack" tabIndex={-1} ref={start}>
        {checkout ? <Story id={checkout} /> : <Shown />}
      </div>
      {asked.value && <ActionDialog action={asked.value} />}
    </>
  );
}

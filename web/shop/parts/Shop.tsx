import {choice, chooseFlow, flows, openShop, state} from "../state";
import {label} from "../words";
import {Agreement} from "./Agreement";
import {Bar, Basket} from "./Basket";
import {Extras} from "./Extras";
import {Frame} from "./Frame";
import {OldPhone} from "./OldPhone";
import {Option} from "./Option";
import {Paying} from "./Paying";
import {Phones} from "./Phones";
import {Returned} from "./Returned";
import {Section} from "./Section";
import {Tariffs} from "./Tariffs";

/** The shop front, or the page that customers come back to. */
export function Shop() {
  return <Frame>{location.pathname.endsWith("/done") ? <Returned /> : <Builder />}</Frame>;
}

function Builder() {
  if (flows.value.length === 0) return <Opening />;
  return (
    <>
      <div class="intro">
        <h1>{label("choose")}</h1>
        <p class="lead">{label("lead")}</p>
      </div>
      <div class="columns">
        <div class="main-column">
          <Flows />
          <Agreement />
          <Phones />
          <Tariffs />
          <Paying />
          <OldPhone />
          <Extras />
        </div>
        <Basket />
      </div>
      <Bar />
    </>
  );
}

function Opening() {
  if (state.value !== "unreached") return <p role="status">{label("pricing")}</p>;
  return (
    <section class="card narrow" role="alert">
      <p>{label("unreached")}</p>
      <button class="main" onClick={() => void openShop()}>
        {label("retry")}
      </button>
    </section>
  );
}

function Flows() {
  if (flows.value.length < 2) return null;
  return (
    <Section title={label("what")}>
      <div class="tiles products">
        {flows.value.map((one) => (
          <Option
            key={one.name}
            name="flow"
            value={one.name}
            checked={choice.value.flow === one.name}
            title={one.title}
            onChoose={() => void chooseFlow(one.name)}
          />
        ))}
      </div>
    </Section>
  );
}

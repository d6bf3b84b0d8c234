import {computed} from "@preact/signals";
import type {Checkout, NextAction} from "../../shared/api";
import {word} from "../../shared/words";
import {Action} from "../actions/Action";
import {appearance, checkout, closed, due, known, offline, reopened} from "../state";
import {rankOf, sectionOf} from "../sections";
import {CancelOrder} from "./CancelOrder";
import {ClosedPage} from "./ClosedPage";
import {DoneForms} from "./DoneForms";
import {Ended} from "./Ended";
import {Footer} from "./Footer";
import {Header} from "./Header";
import {Messages} from "./Messages";
import {OrderPage} from "./OrderPage";
import {Progress} from "./Progress";
import {Announcer} from "./Announcer";
import {Summary} from "./Summary";
import {Waiting} from "./Waiting";
import {WaitingRoom} from "./WaitingRoom";
import {OtherWays, WayOn} from "./WayOn";

/** Actions that lead on from what was declined. */
const ways = computed(() => (checkout.value?.next_actions ?? []).filter((one) => one.resolves.length > 0));

/** What the customer does now: what is due, or a form that is sure to come, by its section. */
const current = computed((): NextAction | null => {
  const found = checkout.value;
  if (!found) return null;
  const again = reopened.value === null ? undefined : known.value.get(reopened.value);
  if (again) return again;
  const steps = new Map(found.steps.map((step) => [step.name, step]));
  const early = found.next_actions.filter(
    (one) => one.type === "submit" && !one.due && !one.conditional && !steps.get(one.step ?? "")?.submitted,
  );
  const rank = (one: NextAction) => {
    const step = steps.get(one.step ?? "");
    return rankOf(step ? sectionOf(step) : null);
  };
  return [...due.value, ...early.filter((one) => one.resolves.length === 0)].sort((one, other) => rank(one) - rank(other))[0] ?? null;
});

/** The whole page. */
export function Page() {
  const found = checkout.value;
  const open = closed.value;
  if (open !== null || !found) return <Shell>{<ClosedPage why={open ?? "opening"} />}</Shell>;
  if (found.status === "completed") return <Shell>{<OrderPage checkout={found} />}</Shell>;
  if (found.status === "canceled") return <Shell>{<Ended checkout={found} />}</Shell>;
  const action = current.value;
  return (
    <Shell>
      <div class="columns">
        <Summary checkout={found} />
        <div class="main-column">
          <Progress checkout={found} at={action?.step ?? null} />
          {appearance.value?.welcome && found.steps.every((step) => !step.submitted) && (
            <p class="welcome">{appearance.value.welcome}</p>
          )}
          <Messages messages={found.messages} />
          <Now action={action} checkout={found} />
          <DoneForms checkout={found} open={action?.step ?? null} />
          <CancelOrder checkout={found} />
        </div>
      </div>
    </Shell>
  );
}

/** One thing at a time: first what leads on from a no, then what is due, else who is at work. */
function Now({action, checkout}: {action: NextAction | null; checkout: Checkout}) {
  const {queue} = checkout;
  if (queue && queue.state !== "admitted") return <WaitingRoom checkout={checkout} queue={queue} />;
  const declined = checkout.messages.some((one) => one.type === "error" && one.severity === "recoverable");
  const others = reopened.value === null ? ways.value : [];
  if (others.length > 0 && (declined || action === null)) return <WayOn actions={others} />;
  return (
    <>
      {action ? <Action action={action} /> : <Waiting checkout={checkout} />}
      {others.length > 0 && <OtherWays actions={others} />}
    </>
  );
}

function Shell({children}: {children: preact.ComponentChildren}) {
  return (
    <>
      <a class="skip" href="#now" onClick={skip}>
        {word("skip")}
      </a>
      <Header />
      <main>
        <Announcer />
        {offline.value && (
          <p class="banner" role="alert">
            {word("offline")}
          </p>
        )}
        {children}
      </main>
      <Footer />
    </>
  );
}

function skip(event: MouseEvent): void {
  event.preventDefault(); // the fragment is the checkout's
  document.getElementById("now")?.focus();
}

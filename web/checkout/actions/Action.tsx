import {useEffect, useRef} from "preact/hooks";
import type {NextAction} from "../../shared/api";
import type {Schema} from "../../shared/schema";
import {word} from "../../shared/words";
import {moved, sending, submit} from "../state";
import {Button} from "./Button";
import {Choose} from "./Choose";
import {Confirm} from "./Confirm";
import type {DocumentRef} from "./DocumentText";
import {Redirect} from "./Redirect";
import {Refusal} from "./Refusal";
import {Show} from "./Show";
import {SubmitForm} from "./SubmitForm";

/** What an action is called, in words of the API. */
export function titleOf(action: NextAction): string {
  if (action.type === "confirm") return word("confirmTitle");
  const document = action.document as DocumentRef | null | undefined;
  if (action.type === "show" && document) return document.title;
  return (action.schema as Schema | null)?.title ?? action.title ?? word("continue");
}

/** The one thing to do now; its heading takes the focus when the customer came to it. */
export function Action({action}: {action: NextAction}) {
  return (
    <section class="card" aria-labelledby="now">
      <NowHeading id={action.id}>{titleOf(action)}</NowHeading>
      <Body action={action} />
    </section>
  );
}

// The step after which the focus was moved last: whatever is drawn next, it moves once.
let focused = 0;

/** The heading of what is now: it has the focus after each step that was made. */
export function NowHeading({id, children}: {id: string; children: string}) {
  const heading = useRef<HTMLHeadingElement>(null);
  const now = moved.value;
  useEffect(() => {
    if (focused === now) return;
    focused = now;
    heading.current?.focus({preventScroll: true});
    window.scrollTo({top: 0});
  }, [now, id]);
  return (
    <h2 id="now" tabIndex={-1} ref={heading}>
      {children}
    </h2>
  );
}

function Body({action}: {action: NextAction}) {
  switch (action.type) {
    case "submit":
      return <SubmitForm key={action.id} action={action} />;
    case "choose":
      return <Choose key={action.id} action={action} />;
    case "show":
      return <Show key={action.id} action={action} />;
    case "redirect":
      return <Redirect action={action} />;
    case "confirm":
      return <Confirm action={action} />;
    default:
      return (
        <>
          <p class="lead">{word("renewed")}</p>
          <Refusal action={action} />
          <Button busy={sending.value === action.id} onClick={() => void submit(action, {})}>
            {word("goOn")}
          </Button>
        </>
      );
  }
}

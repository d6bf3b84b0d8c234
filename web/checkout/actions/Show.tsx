import type {NextAction} from "../../shared/api";
import {word} from "../../shared/words";
import {sending, submit} from "../state";
import {Button} from "./Button";
import {DocumentLinks, type DocumentRef, DocumentText} from "./DocumentText";
import {Refusal} from "./Refusal";

/** A document, whole on the page: going on from its end is the evidence that it was displayed. */
export function Show({action}: {action: NextAction}) {
  const document = action.document as DocumentRef;
  return (
    <>
      <p class="lead">{word("pages")}</p>
      {document.href && <DocumentLinks href={document.href} title={document.title} />}
      <DocumentText document={document} />
      <Refusal action={action} />
      <Button busy={sending.value === action.id} onClick={() => void submit(action, {shown: document.digest})}>
        {word("continue")}
      </Button>
    </>
  );
}

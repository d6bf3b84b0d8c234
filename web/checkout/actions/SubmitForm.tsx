import {useSignal} from "@preact/signals";
import {useCallback, useEffect, useRef} from "preact/hooks";
import type {NextAction, WrongField} from "../../shared/api";
import {type Field, fieldsOf, type Schema} from "../../shared/schema";
import {word} from "../../shared/words";
import {CardFrame} from "../fields/CardFrame";
import {FieldRow} from "../fields/FieldRow";
import {judged, type Raw, read} from "../fields/values";
import {checkout, drafts, refusal, sending, submit} from "../state";
import {type DocumentRef, Lines} from "./DocumentText";
import {Button} from "./Button";
import {ErrorSummary, type Fault} from "./ErrorSummary";

/** A form drawn from the JSON Schema of its action. */
export function SubmitForm({action}: {action: NextAction}) {
  const step = action.step ?? "";
  const raw = useSignal<Raw>((drafts.get(step) ?? {}) as Raw);
  const local = useSignal<Record<string, string>>({});
  const tried = useSignal(0);
  const summary = useRef<HTMLDivElement>(null);
  const form = action.schema as Schema;
  const document = action.document as DocumentRef | null | undefined;
  const fields = fieldsOf(form, judged(raw.value));
  const wrong = {...refused(action), ...local.value};
  const faults = fields
    .filter((one) => wrong[one.name])
    .map((one): Fault => ({id: `${step}-${one.name}`, text: `${one.label} ${wrong[one.name]}`}));

  const send = useCallback(
    async (more: Raw = {}) => {
      const now = {...raw.peek(), ...more};
      const present = fieldsOf(form, judged(now));
      const made = read(present, now, checkout.peek()?.currency ?? "GBP", document?.digest);
      local.value = made.wrong;
      if (Object.keys(made.wrong).length === 0) {
        if ((await submit(action, made.body)) === "done") return;
      }
      tried.value += 1;
    },
    [action, form, document?.digest],
  );
  useEffect(() => {
    if (tried.value > 0) summary.current?.focus();
  }, [tried.value]);

  const type = (name: string, value: string | boolean) => {
    raw.value = {...raw.peek(), [name]: value};
    drafts.set(step, raw.value);
  };
  const card = action.card_form;
  const row = (field: Field) => (
    <FieldRow
      key={field.name}
      field={field}
      id={`${step}-${field.name}`}
      value={raw.value[field.name]}
      wrong={wrong[field.name] && `${field.label} ${wrong[field.name]}`}
      onValue={(value) => type(field.name, value)}
    />
  );
  const shown = fields.filter((one) => one.kind !== "digest" && !(one.kind === "card" && card));
  const rare = shown.filter((one) => one.rare);
  const takeToken = useCallback((token: string) => void send({token}), [send]);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {form.description && <p class="lead">{form.description}</p>}
      <ErrorSummary faults={faults} general={general(action, faults)} summary={summary} />
      {document && <Lines document={document} />}
      {shown.filter((one) => !one.rare).map(row)}
      {rare.length > 0 && (
        <details class="rare" open={rare.some((one) => wrong[one.name])}>
          <summary>{word("more")}</summary>
          {rare.map(row)}
        </details>
      )}
      {card && <CardFrame src={card} onToken={takeToken} />}
      {(!card || shown.length > 0) && <Button busy={sending.value === action.id}>{word("continue")}</Button>}
    </form>
  );
}

/** What the API said of this action's fields, by their names. */
function refused(action: NextAction): Record<string, string> {
  if (refusal.value?.action !== action.id) return {};
  const errors: WrongField[] = refusal.value.problem.errors ?? [];
  const named = errors.map((one) => [one.path.split(".").pop() ?? "", one.message]);
  return Object.fromEntries(named) as Record<string, string>;
}

/** What was refused, where no field is to blame. */
function general(action: NextAction, faults: Fault[]): string | null {
  const found = refusal.value;
  if (found?.action !== action.id || faults.length > 0) return null;
  return found.problem.message ?? found.problem.detail;
}

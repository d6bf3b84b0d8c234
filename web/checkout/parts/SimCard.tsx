import {useSignal} from "@preact/signals";
import type {Checkout} from "../../shared/api";
import {day, phone} from "../../shared/format";
import {word} from "../../shared/words";
import {Rows} from "./OrderPage";

type Line = NonNullable<Checkout["fulfilment"]>["lines"][number];

/** A line that is live: its number, and what puts it on a phone. */
export function SimCard({line, checkout}: {line: Line; checkout: Checkout}) {
  const qr = checkout.links.find((one) => one.rel === "sim_qr");
  const rows: [string, string][] = [];
  if (line.msisdn) rows.push([word("phoneNumber"), phone(line.msisdn)]);
  if (line.temporary_number) rows.push([word("temporaryNumber"), phone(line.temporary_number)]);
  if (line.iccid) rows.push([word("simNumber"), line.iccid]);
  return (
    <section class="card sim">
      <h2>{word("yourSim")}</h2>
      <Rows rows={rows} />
      {line.port_date && <p>{word("portDay", {day: day(line.port_date)})}</p>}
      {line.activation_code && qr && (
        <>
          <p>{word("esim")}</p>
          <img class="qr" src={qr.href} alt={word("esim")} width="220" height="220" />
          <Code code={line.activation_code} />
        </>
      )}
      {!line.activation_code && line.sim !== "esim" && <p>{word("simCard")}</p>}
    </section>
  );
}

function Code({code}: {code: string}) {
  const copied = useSignal(false);
  return (
    <div class="code">
      <p class="aside">{word("activationCode")}</p>
      <code>{code}</code>
      <button
        type="button"
        class="quiet"
        onClick={() => void navigator.clipboard.writeText(code).then(() => (copied.value = true))}
      >
        {word(copied.value ? "copied" : "copy")}
      </button>
    </div>
  );
}

import {useEffect, useState} from "preact/hooks";
import {resultOf, retailer, type Result} from "../shop_server";
import {label} from "../words";

/** Back from the checkout: what became of it, as the shop's server found it signed. */
export function Returned() {
  const [found, keep] = useState<Result | null>(null);
  useEffect(() => {
    const signed = new URLSearchParams(location.search).get("result") ?? "";
    void resultOf(signed).then((answer) => keep(answer.kind === "done" ? answer.body : {status: "unknown"}));
  }, []);
  if (!found) return <p role="status">{label("opening")}</p>;
  return (
    <section class="card narrow" role="status">
      <h1>{label(found.status)}</h1>
      {found.status === "completed" && found.order && <p class="number">{label("completedOrder", {order: found.order})}</p>}
      {found.status === "canceled" && <p>{label("canceledNote")}</p>}
      {found.status === "unknown" ? <p>{label("unknownNote")}</p> : <p class="hint">{label("checked")}</p>}
      <a class="button quiet" href={`/${retailer}/`}>
        {label("back")}
      </a>
    </section>
  );
}

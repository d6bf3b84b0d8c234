import {useSignal} from "@preact/signals";
import {useRef} from "preact/hooks";
import {answered, api} from "../../shared/api";
import {word} from "../../shared/words";

interface Link {
  url: string;
  qr_svg: string;
}

/** A short-lived link for another device, to scan or to copy; it is asked for when it is wanted. */
export function OtherDevice({id}: {id: string}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const link = useSignal<Link | null>(null);
  const failed = useSignal(false);
  const open = async () => {
    const params = {path: {checkout: id}};
    const answer = await answered<Link>(
      api.POST("/v1/checkouts/{checkout}/device-links", {params, body: {}}),
    );
    link.value = answer.kind === "done" ? answer.body : null;
    failed.value = answer.kind !== "done";
    dialog.current?.showModal();
  };
  const close = () => {
    dialog.current?.close();
    link.value = null; // it opens a checkout: it is not left lying about
  };
  return (
    <>
      <button type="button" class="link" onClick={() => void open()}>
        {word("otherDevice")}
      </button>
      <dialog ref={dialog} aria-labelledby="device-title" onClose={() => (link.value = null)}>
        <h2 id="device-title">{word("otherDevice")}</h2>
        {failed.value && <p role="alert">{word("unreached")}</p>}
        {link.value && (
          <>
            <p>{word("otherDeviceNote")}</p>
            <img
              class="qr"
              src={`data:image/svg+xml,${encodeURIComponent(link.value.qr_svg)}`}
              alt={word("otherDevice")}
            />
            <p class="aside">{word("orOpen")}:</p>
            <code>{link.value.url}</code>
          </>
        )}
        <div class="buttons">
          <button type="button" class="quiet" onClick={close}>
            {word("close")}
          </button>
        </div>
      </dialog>
    </>
  );
}

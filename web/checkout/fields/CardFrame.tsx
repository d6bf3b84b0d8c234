import {useEffect, useRef, useState} from "preact/hooks";
import {locale, word} from "../../shared/words";

interface Told {
  source?: string;
  type?: string;
  token?: string;
  label?: string;
  height?: number;
}

interface Props {
  src: string;
  onToken: (token: string) => void;
}

/** The payment provider's own fields of a card: a number never comes to this page. */
export function CardFrame({src, onToken}: Props) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(0);
  const [loaded, setLoaded] = useState(false);
  const [card, setCard] = useState("");
  useEffect(() => {
    const hear = (event: MessageEvent<Told>) => {
      const ours = event.source === frame.current?.contentWindow;
      if (!ours || event.origin !== new URL(src).origin || event.data?.source !== "card-form") return;
      const {type, token, label, height: high} = event.data;
      if (type === "height" && typeof high === "number") setHeight(Math.min(Math.max(high, 0), 900));
      if (type === "token" && typeof token === "string") {
        setCard(label ?? "");
        onToken(token);
      }
    };
    addEventListener("message", hear);
    return () => removeEventListener("message", hear);
  }, [src, onToken]);
  const address = new URL(src);
  address.searchParams.set("origin", location.origin);
  address.searchParams.set("locale", locale.value);
  return (
    <div class="card-frame">
      {height === 0 && !loaded && <p role="status">{word("cardLoading")}</p>}
      <iframe ref={frame} src={address.href} title={word("cardForm")} height={height || 340} onLoad={() => setLoaded(true)} />
      <p role="status">{card && `${word("cardTaken")}: ${card}`}</p>
    </div>
  );
}

import {useEffect, useState} from "preact/hooks";
import {answered, api, type ListedPaper} from "../../shared/api";
import {word} from "../../shared/words";
import {DocumentLinks} from "../actions/DocumentText";

/** Every document of the checkout, to read and to keep. */
export function Papers({id, version}: {id: string; version: number}) {
  const [papers, setPapers] = useState<ListedPaper[]>([]);
  useEffect(() => {
    void fetchPapers(id).then(setPapers);
  }, [id, version]);
  if (papers.length === 0) return null;
  return (
    <section class="papers">
      <h3>{word("documents")}</h3>
      <ul>
        {papers.map((one) => (
          <li key={one.digest}>
            <span lang={one.language}>{one.title}</span>
            {one.links[0] && <DocumentLinks href={one.links[0].href} title={one.title} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

async function fetchPapers(id: string): Promise<ListedPaper[]> {
  const answer = await answered(api.GET("/v1/checkouts/{checkout}/documents", {params: {path: {checkout: id}}}));
  const items = answer.kind === "done" ? answer.body.items : [];
  // What was sent and then signed is one document.
  return items.filter((one, at) => items.findLastIndex((other) => other.digest === one.digest) === at);
}

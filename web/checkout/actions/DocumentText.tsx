import {useEffect, useState} from "preact/hooks";
import {answered, api, type Paper} from "../../shared/api";
import {word} from "../../shared/words";
import {checkout} from "../state";

export interface DocumentRef {
  name: string;
  title: string;
  digest: string;
  language: string;
  lines: [string, string][];
  href?: string | null;
}

/** The short form of a document: its lines, as they stand in the action. */
export function Lines({document}: {document: DocumentRef}) {
  return (
    <div class="paper" lang={document.language}>
      {document.lines.map(([label, text], at) => (
        <p key={at}>
          {label && <strong>{label}: </strong>}
          {text}
        </p>
      ))}
    </div>
  );
}

/** A whole document, drawn from its data; its lines until that is there. */
export function DocumentText({document}: {document: DocumentRef}) {
  const [paper, setPaper] = useState<Paper | null>(null);
  useEffect(() => {
    void fetchPaper(document.digest).then(setPaper);
  }, [document.digest]);
  if (paper === null) return <Lines document={document} />;
  return (
    <div class="paper" lang={paper.language}>
      {paper.blocks.map((block, at) => (
        <Block key={at} block={block} />
      ))}
    </div>
  );
}

async function fetchPaper(digest: string): Promise<Paper | null> {
  const path = {checkout: checkout.peek()?.id ?? "", document: digest.replace("sha256:", "")};
  const answer = await answered<Paper>(
    api.GET("/v1/checkouts/{checkout}/documents/{document}", {params: {path}}) as never,
  );
  return answer.kind === "done" ? answer.body : null;
}

function Block({block}: {block: Paper["blocks"][number]}) {
  switch (block.type) {
    case "heading":
      return block.level > 2 ? <h4>{block.text}</h4> : <h3>{block.text}</h3>;
    case "paragraph":
      return <p>{block.text}</p>;
    case "rows":
      return (
        <dl>
          {block.rows.map(([label, text], at) => (
            <div key={at}>
              <dt>{label}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      );
    case "table":
      return (
        <div class="wide" tabIndex={0} role="region" aria-label={block.caption}>
          <table>
            <caption>{block.caption}</caption>
            <thead>
              <tr>
                {block.columns.map((one) => (
                  <th key={one} scope="col">{one}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {block.rows.map((row, at) => (
                <tr key={at}>
                  {row.map((cell, column) => (column === 0 ? <th key={column} scope="row">{cell}</th> : <td key={column}>{cell}</td>))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
  }
}

/** Where a document is to keep: as a page and as PDF, in a new tab. */
export function DocumentLinks({href, title}: {href: string; title: string}) {
  return (
    <p class="links">
      <a href={href} target="_blank" rel="noopener">
        {word("asPage")}
      </a>
      <a href={`${href}?download=1`} download aria-label={word("documentPdf", {title})} onClick={(event) => void keepPdf(event, href)}>
        {word("openPdf")}
      </a>
    </p>
  );
}

/** Asks for the file as PDF, which a plain link cannot say. */
async function keepPdf(event: MouseEvent, href: string): Promise<void> {
  event.preventDefault();
  const answer = await fetch(`${href}?download=1`, {headers: {Accept: "application/pdf"}});
  if (!answer.ok) return void open(href, "_blank", "noopener");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? "document.pdf";
  link.click();
  URL.revokeObjectURL(link.href);
}

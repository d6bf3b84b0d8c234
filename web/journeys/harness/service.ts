// The real service with its stand-in backends, as `make run` starts them, on ports of its own.
import {type ChildProcess, spawn} from "node:child_process";
import {mkdtempSync, rmSync} from "node:fs";
import {createServer} from "node:net";
import {tmpdir} from "node:os";
import {join} from "node:path";

const ROOT = join(import.meta.dirname, "../../..");
const PROGRAM = process.env["UNSHACKLED"] ?? join(ROOT, ".venv/bin/unshackled");
const STARTS_WITHIN_MS = 60_000;

export interface Created {
  id: string;
  handoff: string;
  url: string;
  token: string;
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

export class Service {
  readonly folder = mkdtempSync(join(tmpdir(), "journeys-"));
  url = "";
  sandbox = "";
  shop = "";
  private readonly more: Record<string, string>;
  private children: ChildProcess[] = [];

  /** More variables of the environment, where a journey needs a service that is set up in another way. */
  constructor(more: Record<string, string> = {}) {
    this.more = more;
  }

  /** Starts both; the store is a file, so that a restart loses nothing. */
  async start(): Promise<this> {
    const port = await freePort();
    const other = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    this.sandbox = `http://127.0.0.1:${other}`;
    this.shop = `http://127.0.0.1:${await freePort()}`;
    this.children = [this.run(["sandbox", "--port", String(other)], {}), this.serve(port)];
    await Promise.all([live(this.sandbox), live(this.url)]);
    return this;
  }

  private serve(port: number): ChildProcess {
    return this.run(["serve", "--port", String(port)], {
      UNSHACKLED_DEMO: "true",
      UNSHACKLED_SANDBOX_URL: this.sandbox,
      UNSHACKLED_DEMO_SHOP_URL: this.shop,
      UNSHACKLED_STORE: `sqlite:///${join(this.folder, "journeys.db")}`,
      UNSHACKLED_MASTER_KEY: "A".repeat(43) + "=",
      UNSHACKLED_LOG_LEVEL: "error",
      ...this.more,
    });
  }

  private run(words: string[], environ: Record<string, string>): ChildProcess {
    const env = {...process.env, ...environ};
    return spawn(PROGRAM, words, {cwd: ROOT, env, stdio: ["ignore", "ignore", "inherit"]});
  }

  /** Starts the shop's own server, which customers come from; once. */
  async openShop(): Promise<string> {
    if (this.children.length > 2) return this.shop;
    const kinds = {secret: "", publishable: "-page"};
    const keys = ["northstar", "orbit", "pocket"].map((name) => [
      name,
      Object.fromEntries(
        Object.entries(kinds).map(([kind, end]) => [
          kind,
          `${kind === "secret" ? "sk" : "pk"}_live_${name}_demo-${name}${end}_demo-only-secret`,
        ]),
      ),
    ]);
    const environ = {API: this.url, SHOP_URL: this.shop, SHOPS: JSON.stringify(Object.fromEntries(keys))};
    const script = join(ROOT, "src/unshackled/web_files/shop/server.py");
    const python = join(PROGRAM, "../python");
    const child = spawn(python, [script, "--port", new URL(this.shop).port], {
      env: {...process.env, ...environ},
      stdio: ["ignore", "ignore", "inherit"],
    });
    this.children.unshift(child); // the service stays the last one, which a restart replaces
    await live(this.shop, "/pocket/settings");
    return this.shop;
  }

  /** Kills the service without a word, and starts it anew on the same store. */
  async restart(): Promise<void> {
    await ended(this.children.pop(), "SIGKILL");
    this.children.push(this.serve(Number(new URL(this.url).port)));
    await live(this.url);
  }

  async stop(): Promise<void> {
    await Promise.all(this.children.map((child) => ended(child, "SIGTERM")));
    rmSync(this.folder, {recursive: true, force: true});
  }

  /** Begins a checkout as the retailer's server does. */
  async create(retailer: string, body: Record<string, unknown>): Promise<Created> {
    const key = `sk_live_${retailer}_demo-${retailer}_demo-only-secret`;
    const answer = await fetch(`${this.url}/v1/checkouts`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${key}`,
        "Content-Type": "application/json",
        "Idempotency-Key": crypto.randomUUID(),
      },
      body: JSON.stringify(body),
    });
    const made = await answer.json();
    if (!answer.ok) throw new Error(JSON.stringify(made));
    return {id: made.id, handoff: made.handoff.secret, url: made.handoff.url, token: made.customer_token};
  }

  /** The checkout as the API tells it. */
  async read(created: Created): Promise<{status: string; settled: boolean; order: {number: string} | null}> {
    const headers = {Authorization: `Bearer ${created.token}`};
    const answer = await fetch(`${this.url}/v1/checkouts/${created.id}`, {headers});
    return answer.json();
  }

  /** Makes stand-ins misbehave. */
  async scenario(standIn: string, body: Record<string, unknown>): Promise<void> {
    const headers = {"Content-Type": "application/json"};
    const where = `${this.sandbox}/_scenario?stand_in=${standIn}`;
    const answer = await fetch(where, {method: "POST", headers, body: JSON.stringify(body)});
    if (!answer.ok) throw new Error(await answer.text());
  }

  async wellAgain(): Promise<void> {
    await fetch(`${this.sandbox}/_scenario`, {method: "DELETE"});
  }

  /** What was really done. */
  async ledger(): Promise<{effect: string; reference: string}[]> {
    return (await (await fetch(`${this.sandbox}/_ledger`)).json()).ledger;
  }
}

async function live(url: string, path = "/livez"): Promise<void> {
  const until = Date.now() + STARTS_WITHIN_MS;
  while (Date.now() < until) {
    try {
      if ((await fetch(`${url}${path}`)).ok) return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error(`${url} did not answer`);
}

function ended(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    if (!child || child.exitCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill(signal);
  });
}

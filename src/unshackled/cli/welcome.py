"""What `up` says once everything runs: the addresses, every demo key, and what to try next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # as in flows.py: `--help` need not wait
    from unshackled.cli.master_key_file import MasterKeyFile
    from unshackled.flow.plan.registry import FlowRegistry

TRIED: Final = "northstar"
PACKAGE: Final = """{"flow": "handset-on-credit", "package": {"handset": "handset-mid",
         "tariff": "sim-50gb", "credit": {"plan": "credit-24-0", "deposit": 4900}}}"""


def welcome(
    book: FlowRegistry,
    *,
    url: str,
    sandbox_url: str,
    program: str,
    shop_url: str | None = None,
    master: MasterKeyFile | None = None,
) -> str:
    """The whole text; `program` is how this command line is called, e.g. `.venv/bin/unshackled`.

    `master` is the key that lies beside the demo's store. `shop_url` is None where the pages of
    `web/` are not built.
    """
    from unshackled.cli.ops_client import HERE
    from unshackled.demo_mode import demo_operator

    where = "" if url == HERE else f" --url {url}"
    return "\n".join(
        [
            "",
            "Unshackled is running.",
            "",
            f"  shop            {_shop(shop_url)}",
            f"  API             {url}",
            f"  documentation   {url}/docs",
            f"  operations      {url}/ops/   (sign in with the operator's key below)",
            f"  stand-ins       {sandbox_url}/_ledger",
            *_master(master),
            "",
            "Keys, known to all and good in this demo only:",
            *_keys(book),
            "",
            "  Operations: /ops",
            f"    operator      {demo_operator()}",
            "",
            "Next, in another terminal:",
            "",
            f"  {program} demo --url {url}",
            "",
            "or look what needs a person:",
            "",
            f"  {program} ops summary --key {demo_operator()}{where}",
            *_by_hand(book, url),
            "",
            "Ctrl-C stops everything.",
            "",
        ]
    )


def _shop(url: str | None) -> str:
    return f"{url}/   (buy something: begin here)" if url else "not built: `make web` builds it"


def _master(master: MasterKeyFile | None) -> Iterator[str]:
    if master is not None:
        how = "made now, " if master.new else ""
        yield f"  master key      {master.path}   ({how}seals what is personal in the store)"


def _keys(book: FlowRegistry) -> Iterator[str]:
    from unshackled.demo_mode import demo_key
    from unshackled.http.sandboxes import reached

    for retailer in sorted(book.retailers.values(), key=lambda one: one.id):
        plans = [book.plan(retailer.id, flow) for flow in retailer.flows]
        lacking = retailer.without_sandbox(name for one in plans for name in reached(retailer, one))
        yield ""
        yield f"  {retailer.name}: {', '.join(retailer.flows)}"
        yield f"    secret        {demo_key(retailer.id)}"
        yield f"    publishable   {demo_key(retailer.id, 'publishable')}"
        if lacking:
            yield "    test          none: its flow file has no `sandbox:` for all of its providers"
        else:
            yield f"    test          {demo_key(retailer.id, livemode=False)}"
            yield f"    test, page    {demo_key(retailer.id, 'publishable', livemode=False)}"
        if retailer.origins:
            yield f"    a page sends  Origin: {retailer.origins[0]}"


def _by_hand(book: FlowRegistry, url: str) -> Iterator[str]:
    """A checkout with a test key, where the flows are those of the demo."""
    from unshackled.demo_mode import demo_key

    if TRIED not in book.retailers:
        return
    yield from (
        "",
        "or begin a test checkout by hand:",
        "",
        f"  curl -s {url}/v1/checkouts \\",
        f"    -H 'Authorization: Bearer {demo_key(TRIED, livemode=False)}' \\",
        "    -H 'Idempotency-Key: try-1' -H 'Content-Type: application/json' \\",
        f"    -d '{PACKAGE}'",
    )

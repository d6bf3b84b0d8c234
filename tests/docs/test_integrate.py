"""docs/integrate.md is true: a shop that follows it sells; so is docs/checkout.http."""

from __future__ import annotations

import ast
import inspect
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import typer
from standardwebhooks import Webhook

from unshackled.adapter_registry import find
from unshackled.app import Overrides, build
from unshackled.cli.root import app
from unshackled.outbound.in_process import in_process
from unshackled.settings import load_settings
from unshackled.testing.known_keys import MASTER_KEY
from unshackled.testing.sandbox import sandbox

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "integrate.md").read_text()
COLLECTION = (ROOT / "docs" / "checkout.http").read_text()
PATHS = json.loads((ROOT / "openapi" / "openapi.json").read_text())["paths"]
URL = "http://127.0.0.1:8080"


def blocks(language: str) -> list[str]:
    """The code blocks of the guide in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


async def run(block: str, known: dict[str, Any]) -> None:
    """Execute a block as the prompt of `python -m asyncio` does."""
    code = compile(block, "integrate.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    waiting = eval(code, known)  # noqa: S307 - our own page
    if inspect.isawaitable(waiting):
        await waiting


async def test_a_shop_that_follows_the_guide_sells(tmp_path: Path) -> None:
    """Every Python block in order, on the demo in this process: only the HTTP clients are ours."""
    shelf = find()
    settings = load_settings(
        demo=True,
        store=f"sqlite:///{tmp_path}/a.db",
        flows=ROOT / "flows",
        master_key=MASTER_KEY,
        public_url=URL,
    )
    backends = in_process(sandbox(shelf))
    service = build(settings, Overrides(adapters=shelf, transport=backends))
    first, *others = blocks("python")
    known: dict[str, Any] = {}
    await run(first, known)
    await known["api"].aclose()
    await known["browser"].aclose()
    async with (
        service.lifespan(),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=service.api), base_url=known["API"]
        ) as api,
        httpx.AsyncClient(transport=backends) as browser,
    ):
        known |= {"api": api, "browser": browser}
        for block in others:
            await run(block, known)
        events = await api.get(f"{known['here']}/events", headers=known["server"])
    assert known["handsets"]
    assert known["checkout"]["status"] == "completed"
    assert known["checkout"]["livemode"] is False
    assert known["token"].claims["order"] == known["checkout"]["order"]["number"]
    assert known["ledger"]["entries"]
    assert known["refused"].status_code == 422
    receives(known, events.json()["items"][0])


def receives(known: dict[str, Any], event: Any) -> None:
    """The guide's receiver takes a signed event, also twice, and refuses one that was changed."""
    body, now = json.dumps(event), datetime.now(UTC)
    signature = Webhook(known["WEBHOOK_SECRET"]).sign(event["id"], now, body)
    headers = {
        "webhook-id": event["id"],
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    assert [known["receive"](headers, body.encode()) for _ in range(2)] == [204, 204]
    assert known["seen"] == {event["id"]}
    assert known["receive"](headers, body.encode() + b" ") == 401


def test_the_flow_of_the_guide_is_northstars() -> None:
    """To the letter, so it is proved with the demo's flows."""
    (shown,) = blocks("yaml")
    assert shown in (ROOT / "flows" / "northstar.yaml").read_text()


def test_the_commands_of_the_guide_take_their_options() -> None:
    """`unshackled keys create` knows every option that is shown."""
    (shown,) = blocks("sh")
    group: Any = typer.main.get_command(app)
    create = group.commands["keys"].commands["create"]
    known = {name for one in create.params for name in one.opts}
    for line in shown.splitlines():
        assert line.startswith("unshackled keys create ")
        assert set(re.findall(r"--[a-z-]+", line)) <= known


def test_every_request_of_the_collection_is_one_of_the_api() -> None:
    """By method and path, and each body is JSON; no variable is unknown."""
    requests = [one.strip() for one in COLLECTION.split("\n### ")[1:]]
    assert len(requests) >= 12
    for one in requests:
        head, _, body = one.partition("\n\n")
        method, address = head.splitlines()[1].split(" ", 1)
        path = address.removeprefix("{{api}}")
        assert any(method.lower() in PATHS[known] for known in PATHS if fits(known, path)), one
        assert not body or json.loads(body)
    declared = set(re.findall(r"^@(\w+) =", COLLECTION, re.MULTILINE))
    assert set(re.findall(r"\{\{(\w+)\}\}", COLLECTION)) == declared


def fits(known: str, path: str) -> bool:
    """Whether a path is one of the document's, whatever stands for its parameters."""
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", known), path) is not None

"""The check that a lender runs: it passes who keeps the protocol, and catches who does not."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import socket
from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from unshackled.authoring.lender_check.agreements import PROMISES
from unshackled.authoring.lender_check.lender_document import written
from unshackled.authoring.lender_check.promise_run import check
from unshackled.authoring.vendor_extract import extract
from unshackled.cli.root import run
from unshackled_adapters.lender.fake import make

SECRET = "demo-only-lender-callback-secret"
ROOT = Path(__file__).parents[2]
NAMES = [promise.__name__ for promise in PROMISES]
Data = MutableMapping[str, Any]
Before = Callable[[Scope, Data], None]
After = Callable[[Scope, int, Data], int]


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """The address of a lender on this machine."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving


def untouched(scope: Scope, data: Data) -> None:
    """Let a request in as it is."""


def unspoilt(scope: Scope, status: int, data: Data) -> int:
    """Let an answer out as it is."""
    return status


class Wrong:
    """A lender that gets one thing wrong: `before` spoils what comes in, `after` what goes out."""

    def __init__(
        self,
        *,
        before: Before = untouched,
        after: After = unspoilt,
    ) -> None:
        self.app = make(decide_after=0.1).app()
        self.before = before
        self.after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        body = await Request(scope, receive).body()
        try:
            data = json.loads(body) if body else {}
        except ValueError:
            data = {}
        scope["headers"] = list(scope["headers"])
        self.before(scope, data)
        sent = json.dumps(data).encode() if data else body
        inside: list[Any] = []

        async def give() -> Any:
            return {"type": "http.request", "body": sent, "more_body": False}

        async def keep(message: Any) -> None:
            inside.append(message)

        await self.app(scope, give, keep)
        told = json.loads(b"".join(part.get("body", b"") for part in inside[1:]))
        status = self.after(scope, inside[0]["status"], told)
        await Response(json.dumps(told), status, media_type="application/json")(
            scope, receive, send
        )


def fresh_key() -> Before:
    """Forget what a key was used for."""
    counter = itertools.count()

    def before(scope: Scope, data: Data) -> None:
        if scope["path"] == "/v1/applications" and scope["method"] == "POST" and key_of(scope):
            set_header(scope, b"idempotency-key", f"KEY{next(counter)}".encode())

    return before


def key_of(scope: Scope) -> bytes:
    key: bytes = dict(scope["headers"]).get(b"idempotency-key", b"")
    return key


def set_header(scope: Scope, name: bytes, value: bytes) -> None:
    scope["headers"] = [(k, v) for k, v in scope["headers"] if k != name] + [(name, value)]


def drop(path: str, name: str) -> Before:
    """Never see a field of a request."""

    def before(scope: Scope, data: Data) -> None:
        if scope["path"].endswith(path):
            data.pop(name, None)

    return before


def no_key_needed(scope: Scope, data: Data) -> None:
    set_header(scope, b"authorization", b"Bearer anybody")


def add_up(scope: Scope, data: Data) -> None:
    if "credit" in data:
        credit = data["credit"]
        credit["months"], credit["amount"] = 24, credit["amount"] or 1
        credit["total_payable"] = credit["deposit"] + sum(credit["instalments"])


def told(path: str, **fields: Any) -> After:
    """Tell something else in the answers of a path."""

    def after(scope: Scope, status: int, data: Data) -> int:
        if scope["path"].startswith(path) and "error" not in data:
            data.update(fields)
        return status

    return after


def status_of(path: str, was: int, becomes: int) -> After:
    """Answer with another status."""

    def after(scope: Scope, status: int, data: Data) -> int:
        return becomes if path in scope["path"] and status == was else status

    return after


def texts_for_errors(scope: Scope, status: int, data: Data) -> int:
    if "error" in data:
        data["error"] = "Sorry!"
    return status


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "serves anybody": ({"before": no_key_needed}, "needs_a_key"),
    "calls nonsense 422": ({"after": status_of("/v1/quotations", 400, 422)}, "refuses_nonsense"),
    "does not add up": ({"before": add_up}, "adds_amounts_up"),
    "offers without end": ({"after": told("/v1/quotations", valid_until=None)}, "quotes"),
    "is accepted for no time": (
        {"after": told("/v1/applications", valid_until="2020-01-01T00:00:00Z")},
        "decides",
    ),
    "does not see a field": ({"before": drop("/v1/applications", "quotation")}, "decides"),
    "forgets keys": ({"before": fresh_key()}, "applies_once"),
    "tells a float": ({"after": told("/v1/agreements", amount=66_900.5)}, "tells_how_it_stands"),
    "hears no dry run": ({"before": drop("/v1/applications", "dry_run")}, "tries_dry"),
    "knows everybody": ({"after": status_of("/by-reference/", 404, 200)}, "knows_nobody"),
    "withdraws what is live": ({"after": status_of("/withdrawal", 409, 200)}, "keeps_what_is_live"),
    "decides anew on a correction": (
        {"after": told("/v1/applications/by-reference/", status="REFERRED")},
        "amends",
    ),
    "corrects another's": ({"after": told("/v1/applications/", application="APP-OTHER")}, "amends"),
    "corrects anybody's": ({"after": status_of("/contact", 404, 201)}, "amends"),
    "settles anything": ({"after": status_of("/settlements", 422, 201)}, "settles_once"),
    "has no error codes": ({"after": texts_for_errors}, "knows_nobody"),
}


async def broken(app: ASGIApp, **more: Any) -> dict[str, str]:
    """The promises that a lender breaks, with why."""
    async with served(app) as address:
        verdicts = await check(address, key="key_made_up", patience=3.0, **more)
    return {one.promise: one.why for one in verdicts if one.kind == "broken"}


@pytest.mark.parametrize("currency", ["GBP", "JPY", "KWD"])
async def test_our_stand_in_keeps_every_promise(currency: str) -> None:
    """The stand-in is a lender as the protocol wants it, callbacks included."""
    async with served(make(decide_after=0.1).app()) as address:
        verdicts = await check(address, key="k", callback_secret=SECRET, currency=currency)
    assert [(one.promise, one.kind, one.why) for one in verdicts] == [
        (name, "kept", "") for name in NAMES
    ]


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_wrong_lender_is_caught(mistake: str) -> None:
    """Each mistake breaks the promise it is about, and the reason is told."""
    how, promise = MISTAKES[mistake]
    assert (await broken(Wrong(**how), only={promise})).get(promise)


async def test_a_badly_signed_callback_is_caught() -> None:
    """A callback signed with another secret breaks the promise."""
    app = make(decide_after=0.1).app()
    assert list(await broken(app, callback_secret="another", only={"calls_back", "refers"})) == [
        "calls_back"
    ]


async def test_a_lender_out_of_reach_breaks_every_promise() -> None:
    """Nothing is kept by a lender who is not there; no key is told."""
    verdicts = await check("http://127.0.0.1:9", key="key_made_up", patience=0.1)
    assert {one.kind for one in verdicts} == {"broken", "unchecked"}
    assert "key_made_up" not in repr(verdicts)


def test_the_command_tells_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    """The command says a line for each promise and a count; status 1 if one is broken."""
    command = ["lender", "check", "http://127.0.0.1:9", "--key", "key_made_up"]
    assert run([*command, "--patience", "0.1"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("broken    needs_a_key: Without a key")
    assert lines[-1] == f"0 kept, {len(NAMES) - 1} broken, 1 unchecked"


def test_the_command_checks_only_what_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Promises are named one by one or with commas; an unknown name is refused before a call."""
    command = ["lender", "check", "http://127.0.0.1:9", "--key", "key_made_up"]
    assert run([*command, "--only", "quotes, decides", "--only", "knows_nobody"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 kept, 3 broken, 0 unchecked"
    assert run([*command, "--only", "quotes,lends"]) == 2
    assert capsys.readouterr().err.startswith("unknown promise lends: allowed are needs_a_key, ")


def test_the_document_is_what_the_check_reads() -> None:
    """The committed OpenAPI document is made from the messages that answers are read by."""
    assert (ROOT / "openapi" / "lender.json").read_bytes() == written()


def test_the_page_lists_every_promise() -> None:
    """The page says each promise by its name, in order."""
    page = (ROOT / "docs" / "lender-protocol.md").read_text()
    _, _, check = page.partition("## The check")
    assert re.findall(r"^\| `([a-z_]+)` \| ", check, re.MULTILINE) == NAMES


def test_the_adapter_is_held_to_the_document() -> None:
    """The adapter's schema is the structure of every operation of the document."""
    file = ROOT / "openapi" / "lender.json"
    paths = json.loads(file.read_text())["paths"]
    every = [f"{method.upper()} {path}" for path, item in paths.items() for method in item]
    cut = extract([file], operations=every, webhooks=["application.decided"], depth=6)
    kept = ROOT / "adapters" / "unshackled_adapters" / "lender" / "contract" / "schema.json"
    assert json.loads(kept.read_text()) == json.loads(json.dumps(cut))

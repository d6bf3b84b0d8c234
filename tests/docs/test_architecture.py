"""The pages for who works on the code are true: every path is there, and every hop is made."""

from __future__ import annotations

import importlib
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import httpx
import orjson
import pytest
from pydantic import SecretStr

from unshackled.adapter_registry import find
from unshackled.app import Overrides, build
from unshackled.demo_mode import demo_key
from unshackled.outbound.in_process import in_process
from unshackled.sdk.signature import HEADER, sign
from unshackled.settings import load_settings
from unshackled.system_clock import SystemClock
from unshackled.testing.customer import Customer, form
from unshackled.testing.known_keys import MASTER_KEY
from unshackled.testing.sandbox import sandbox

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "unshackled"
QUOTING = [ROOT / "docs" / f"writing-a-{name}.md" for name in ("capability", "consumer")]
PAGES = [
    ROOT / "CONTRIBUTING.md",
    *(ROOT / "docs" / f"{name}.md" for name in ("architecture", "engine", "security", "stability")),
    ROOT / "docs" / "writing-a-store.md",
    *QUOTING,
]
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
PATH = re.compile(r"`([\w.*-]+(?:/[\w.*-]*)+|[\w-]+\.(?:py|md|toml|yaml|json))`")
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
MODULE = re.compile(r"`(unshackled(?:\.[a-z_]+)+)`")
URL = "http://127.0.0.1:8080"
PACKAGE = {
    "handset": "handset-mid",
    "tariff": "sim-50gb",
    "credit": {"plan": "credit-24-0", "deposit": 4900},
}
SECRET = SecretStr("demo-only-kyc-callback-secret")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_of_a_page_is_there(page: Path) -> None:
    """From the root of the repository, or from `src/unshackled`."""
    named = set(PATH.findall(page.read_text()))
    assert [path for path in sorted(named) if not exists(path)] == []


def exists(path: str) -> bool:
    """Whether anything has this path, which may have a `*`."""
    return any(any(base.glob(path.rstrip("/"))) for base in (ROOT, SOURCE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_module_of_a_page_can_be_imported(page: Path) -> None:
    """By its dotted name."""
    for name in sorted(set(MODULE.findall(page.read_text()))):
        importlib.import_module(name)


def test_every_example_of_a_page_is_tested() -> None:
    """Quoted word for word from `tests/extension/example`."""
    folder = ROOT / "tests" / "extension" / "example"
    sources = [path.read_text() for path in folder.glob("*.py")]
    quoted = [block for page in QUOTING for block in BLOCK.findall(page.read_text())]
    assert len(quoted) == 5
    assert [block for block in quoted if not any(block in source for source in sources)] == []


def test_the_page_has_a_row_for_each_kind_of_change() -> None:
    """Fifteen at least, each with a path."""
    rows = re.findall(r"^\| [a-z].*\|$", section("Where a change goes"), re.MULTILINE)
    assert len(rows) >= 15
    assert [row for row in rows if not PATH.search(row)] == []


def test_every_floor_and_room_is_in_the_picture() -> None:
    """As import-linter holds them."""
    floors = {
        one.stem for one in SOURCE.iterdir() if one.stem.isidentifier() and one.stem[0] != "_"
    }
    picture = section("The floors")
    assert sorted(name for name in floors if not re.search(rf"\b{name}\b", picture)) == []
    rooms = {one.name for one in (SOURCE / "flow").iterdir() if one.is_dir() and one.name[0] != "_"}
    assert sorted(room for room in rooms if f"flow/{room}" not in picture) == []


def section(title: str) -> str:
    """A section of the page, without its heading."""
    (found,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", ARCHITECTURE, re.MULTILINE | re.DOTALL)
    return str(found)


def hops(title: str) -> list[str]:
    """The files of our own that a numbered table of the page says a request goes through."""
    rows = re.findall(r"^\| \d+ \|.*$", section(title), re.MULTILINE)
    assert rows
    return [path for row in rows for path in PATH.findall(row)]


class Watch:
    """The files of ours that run while it is on, in every thread that begins after it was made."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.on = False

    def see(self, frame: FrameType, event: str, argument: object) -> None:
        """Note where a function of ours is."""
        if not self.on or event != "call":
            return
        path = Path(frame.f_code.co_filename)
        for base in (SOURCE, ROOT):
            if path.is_relative_to(base):
                self.files.add(str(path.relative_to(base)))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Look at this thread and at those that it starts."""
        before = sys.getprofile()
        threading.setprofile(self.see)
        sys.setprofile(self.see)
        try:
            yield
        finally:
            sys.setprofile(before)
            threading.setprofile(None)

    @contextmanager
    def looking(self) -> Iterator[set[str]]:
        """What runs in the meantime."""
        self.files, self.on = set(), True
        try:
            yield self.files
        finally:
            self.on = False


async def test_a_put_and_a_callback_go_the_ways_of_the_page(tmp_path: Path) -> None:
    """Each file that the page names runs: for a form with a provider behind it, for its report."""
    watch, shelf = Watch(), find()
    settings = load_settings(
        demo=True,
        store=f"sqlite:///{tmp_path}/a.db",
        flows=ROOT / "flows",
        master_key=MASTER_KEY,
    )
    with watch.running():
        service = build(settings, Overrides(adapters=shelf, transport=in_process(sandbox(shelf))))
        transport = httpx.ASGITransport(app=service.api)
        async with (
            service.lifespan(),
            httpx.AsyncClient(transport=transport, base_url=URL) as api,
        ):
            customer = await begin(api)
            # The check of somebody with this name takes a while: its outcome comes by callback.
            await put(customer, "contact", family_name="Slow")
            with watch.looking() as put_files:
                await put(customer, "address")
            snapshot = await service.components.store.load(customer.id)
            assert snapshot is not None
            with watch.looking() as callback_files:
                await report(api, snapshot.steps["identity"].reference)
            assert (await customer.read())["steps"]
    assert [path for path in hops("The way of a PUT") if path not in put_files] == []
    assert [path for path in hops("The way of a callback") if path not in callback_files] == []


async def begin(api: httpx.AsyncClient) -> Customer:
    """A customer of the demo's first retailer."""
    made = await api.post(
        "/v1/checkouts",
        json={"flow": "handset-on-credit", "package": PACKAGE},
        headers={"Authorization": f"Bearer {demo_key('northstar')}", "Idempotency-Key": "one"},
    )
    assert made.status_code == 201, made.text
    return Customer(api=api, checkout=made.json(), token=made.json()["customer_token"])


async def put(customer: Customer, step: str, **other: str) -> None:
    """Submit a form as a customer would, but for `other`."""
    (action,) = [one for one in customer.checkout["next_actions"] if one["step"] == step]
    answer = await customer.ask(
        "PUT", f"/steps/{step}", {**form(customer.checkout, action), **other}
    )
    assert answer.status_code == 200, answer.text


async def report(api: httpx.AsyncClient, reference: str | None) -> None:
    """The identity service says that a check is clear, signed as it signs."""
    body = orjson.dumps(
        {"check": "CHK-000001", "external_reference": reference, "result": "clear", "level": "a"}
    )
    headers = {HEADER: sign(SECRET, body, SystemClock().now())}
    answer = await api.post("/v1/callbacks/northstar/kyc", content=body, headers=headers)
    assert answer.json() == {"received": 1}

"""What a newcomer reads once everything runs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.cli.shell import FLOWS
from unshackled.cli.flow_commands import book_of
from unshackled.cli.welcome import welcome
from unshackled.demo_mode import demo_key, demo_keys, demo_operator
from unshackled.http.auth.credentials import Kind, hashed, read_key

URL, STAND_INS = "http://127.0.0.1:8080", "http://127.0.0.1:8090"
KINDS: tuple[Kind, Kind] = ("secret", "publishable")


def said(flows: Path, url: str = URL) -> str:
    """The text."""
    return welcome(book_of(flows), url=url, sandbox_url=STAND_INS, program="unshackled")


def test_every_key_of_every_demo_retailer_is_printed_and_good() -> None:
    """Live and test, secret and publishable, and each is a key that the demo takes."""
    text, book = said(FLOWS), book_of(FLOWS)
    known = demo_keys(book.retailers)
    for retailer in book.retailers:
        for kind in KINDS:
            for live in (True, False):
                key = demo_key(retailer, kind, livemode=live)
                assert f" {key}\n" in text
                read = read_key(key)
                assert read is not None
                stored = known[read.id]
                assert (stored.retailer, stored.kind) == (read.account, kind)
                assert stored.secret_hash == hashed(read.secret)
    assert all(len(line) <= 100 for line in text.splitlines())


def test_the_shop_is_the_front_door() -> None:
    """Its address comes first; where the pages are not built, how to build them does."""
    flows = book_of(FLOWS)
    shop = "http://127.0.0.1:8070"
    text = welcome(flows, url=URL, sandbox_url=STAND_INS, shop_url=shop, program="unshackled")
    first = next(line for line in text.splitlines() if "http" in line)
    assert f"{shop}/" in first
    assert "`make web`" in said(FLOWS)


def test_an_operator_is_told_how_to_look() -> None:
    """The key, where /ops is, and a command that can be copied."""
    text = said(FLOWS)
    assert f"{URL}/ops/" in text
    assert f"unshackled ops summary --key {demo_operator()}\n" in text
    assert f"--key {demo_operator()} --url http://127.0.0.1:9" in said(FLOWS, "http://127.0.0.1:9")


def test_a_retailer_without_sandboxes_has_no_test_key(tmp_path: Path) -> None:
    """The text says so, and offers no key that would be refused."""
    flows = Path(shutil.copytree(FLOWS, tmp_path / "flows"))
    file = flows / "pocket.yaml"
    file.write_text(re.sub(r"    sandbox: \{.*\}\n", "", file.read_text()))
    text = said(flows)
    assert demo_key("pocket", livemode=False) not in text
    assert "test          none" in text
    assert demo_key("orbit", livemode=False) in text

"""How much a customer's browser has to load before it shows a checkout."""

from __future__ import annotations

import gzip
import re

import pytest

from scripts.web.pages import BUILT, build_pages

BUDGET_BYTES = 60 * 1024
ELEMENT_BYTES = 5 * 1024


@pytest.mark.timeout(300)
def test_the_first_load_of_a_checkout_is_within_its_budget() -> None:
    """Scripts and styles that its page names, as gzip sends them: every browser takes that."""
    build_pages()
    page = (BUILT / "checkout.html").read_text()
    assets = re.findall(r'(?:src|href)="/(assets/[^"]+)"', page)
    assert any(name.endswith(".js") for name in assets)
    assert any(name.endswith(".css") for name in assets)
    assert sum(len(gzip.compress((BUILT / name).read_bytes())) for name in assets) <= BUDGET_BYTES
    assert "style=" not in page
    assert "<style" not in page
    assert re.findall(r"<script(?![^>]*src=)", page) == []


@pytest.mark.timeout(300)
def test_the_element_that_shops_embed_is_small_and_whole() -> None:
    """One file at an address that stays, which loads no other."""
    build_pages()
    element = (BUILT / "element.js").read_bytes()
    assert len(gzip.compress(element)) <= ELEMENT_BYTES
    assert b"unshackled-checkout" in element
    assert not re.search(rb"\b(import|export)\b", element)

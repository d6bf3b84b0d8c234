"""The pages: their files, what they may load, and how a retailer's look."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.requests import Request

from tests.http.world import ApiHarness
from unshackled.http.pages.front_door import NOT_BUILT, front_door
from unshackled.http.pages.page_files import page_files
from unshackled.http.pages.page_policy import page_policy


def request(encodings: str) -> Request:
    headers = [(b"accept-encoding", encodings.encode())]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers})


def built(folder: Path) -> Path:
    (folder / "assets").mkdir()
    (folder / "checkout.html").write_text("<p>page</p>")
    (folder / "assets" / "a-1.js").write_text("let it = 1")
    (folder / "assets" / "a-1.js.br").write_bytes(b"brotli")
    (folder / "assets" / "a-1.js.gz").write_bytes(b"gzip")
    return folder


@pytest.mark.parametrize(
    ("encodings", "sent", "coding"),
    [
        ("gzip, br", b"brotli", "br"),
        ("gzip;q=0.5", b"gzip", "gzip"),
        ("identity", b"let it = 1", None),
        ("", b"let it = 1", None),
    ],
)
def test_a_file_is_sent_as_small_as_the_browser_takes_it(
    tmp_path: Path, encodings: str, sent: bytes, coding: str | None
) -> None:
    """And caches keep the forms apart."""
    found = page_files(built(tmp_path))["assets/a-1.js"]
    content, headers = found.form_for(request(encodings))
    assert (content, headers.get("Content-Encoding")) == (sent, coding)
    assert headers["Vary"] == "Accept-Encoding"


def test_without_built_pages_the_front_door_says_how_to_build_them(tmp_path: Path) -> None:
    """The service runs all the same."""
    answer = front_door(tmp_path / "nothing")
    assert answer.status_code == 200
    assert bytes(answer.body) == NOT_BUILT.encode()
    assert b"make web" in bytes(answer.body)


def test_with_built_pages_the_front_door_leads_on(tmp_path: Path) -> None:
    """To the documentation: a shop has a server of its own."""
    assert front_door(built(tmp_path)).headers["Location"] == "/docs"


def test_a_page_loads_from_its_own_origin_alone() -> None:
    """Nothing inline, no markup made of text; only the card form is a frame of others."""
    policy = page_policy(frames={"https://pay.example/card?x=1"})
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert "unsafe" not in policy
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["frame-src"] == "https://pay.example"
    assert rules["frame-ancestors"] == "'none'"
    assert rules["require-trusted-types-for"] == "'script'"
    framed = page_policy(framed_by=["https://shop.example"])
    assert "frame-ancestors https://shop.example" in framed


async def test_the_appearance_of_a_retailer_is_public() -> None:
    """Its name, its words in the asked language, its stylesheet; a strange retailer is 404."""
    world = ApiHarness()
    await world.open()
    async with world.client() as browser:
        answer = await browser.get("/v1/retailers/northstar/appearance?locale=de-DE")
        assert answer.status_code == 200
        assert answer.json()["name"]
        assert answer.json()["origins"]
        css = await browser.get(answer.json()["stylesheet"])
        assert css.headers["content-type"].startswith("text/css")
        assert "--accent:#" in css.text
        assert (await browser.get("/v1/retailers/nobody/appearance")).status_code == 404
        assert (await browser.get("/v1/retailers/nobody/theme.css")).status_code == 404
        assert (await browser.get("/assets/nothing.js")).status_code == 404
    await world.engine.close()


@pytest.mark.parametrize("page", ["/checkout", "/checkout/northstar", "/element.js"])
async def test_what_others_add_to_the_address_of_a_page_does_no_harm(page: str) -> None:
    """Mail programs and adverts add parameters; a route of the API refuses unknown ones."""
    world = ApiHarness()
    await world.open()
    async with world.client() as browser:
        bare, more = await browser.get(page), await browser.get(f"{page}?utm_source=mail")
        assert (more.status_code, more.content) == (bare.status_code, bare.content)
        if bare.status_code == 200 and page == "/element.js":
            assert bare.headers["Access-Control-Allow-Origin"] == "*"
            assert bare.headers["Cache-Control"] == "public, max-age=300"
        refused = await browser.get("/v1/retailers/northstar/appearance?utm_source=mail")
        assert refused.status_code == 422
    await world.engine.close()

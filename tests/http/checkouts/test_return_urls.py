"""Where a browser goes back to: refused where it cannot be right, else kept byte for byte."""

from __future__ import annotations

import posixpath
from urllib.parse import unquote, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.http.world import ApiHarness
from unshackled.http.checkouts.return_urls import (
    first_page,
    registered_page,
    return_url_mistake,
    with_checkout,
)

DONE = "https://shop.northstar.example/done"
QUERIES = (
    "?lang=&basket=42",
    "?embedded",
    "?a=%20b&c=+d",
    "?",
    "?a=1&",
    "?q=a%2Fb&q=a%2Fb",
    "?url=https://other.example/x?y=z",
)


@pytest.mark.parametrize("query", ["", *QUERIES])
async def test_the_query_comes_back_as_it_was_sent(world: ApiHarness, query: str) -> None:
    """Empty values, names alone, %-encoding and repeats are the shop's; ours comes behind them."""
    made = await world.create(return_url=f"{DONE}{query}")
    assert made.status_code == 201, made.text
    links = {link["rel"]: link["href"] for link in made.json()["links"]}
    assert links["return"] == f"{DONE}{query}"


@given(st.text("abc=&%20+?/:@", max_size=20))
def test_what_is_appended_leaves_the_rest_alone(query: str) -> None:
    """The URL is the beginning of the way back, and one parameter of ours is its end."""
    target = f"{DONE}?{query}"
    back = with_checkout(target, "chk_1")
    assert back.startswith(target)
    assert back[len(target) :] in ("checkout=chk_1", "&checkout=chk_1")
    assert back.endswith(("?checkout=chk_1", "&checkout=chk_1"))


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (f"{DONE}#top", "return_url_fragment"),
        (f"{DONE}?a=1#", "return_url_fragment"),
        (f"{DONE}?a=1\r\nSet-Cookie: x=1", "return_url_malformed"),
        (f"{DONE}\n", "return_url_malformed"),
        ("https://shop.northstar.example/do\tne", "return_url_malformed"),
        (f"{DONE}?\x00", "return_url_malformed"),
        (f"{DONE}?a=ü", "return_url_malformed"),
        (f"{DONE}?a b", "return_url_malformed"),
        (f"{DONE}\\@evil.example", "return_url_malformed"),
        (f"{DONE}/../x", "return_url_not_registered"),
        (f" {DONE}", "return_url_malformed"),
        ("https://SHOP.northstar.example/done", "return_url_not_registered"),
        (f"{DONE}@evil.example", "return_url_not_registered"),
    ],
)
async def test_a_url_that_cannot_be_right_is_refused(
    world: ApiHarness, wanted: str, code: str
) -> None:
    """With what is wrong and what is registered; what was sent is not repeated."""
    answer = await world.create(return_url=wanted)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert (error["path"], error["code"], error["allowed"]) == ("return_url", code, [DONE])


FOLDER = "https://a.example/done"
BELOW = (f"{FOLDER}/*",)


@pytest.mark.parametrize(
    "path", ["", "x", "x/y", "x/", "a-b_c~d", "%20", "...", "a..b", "@b", "x;y"]
)
def test_every_page_below_a_registered_folder_may_be_used(path: str) -> None:
    """With any query behind it; the page is the part that the retailer registered."""
    for query in ("", "?to=https://evil.example/../x"):
        assert return_url_mistake(f"{FOLDER}/{path}{query}", BELOW) is None
        assert registered_page(f"{FOLDER}/{path}{query}", BELOW) == f"{FOLDER}/{path}"
    assert first_page(BELOW) is None
    assert first_page((*BELOW, "https://a.example/other")) == "https://a.example/other"


@pytest.mark.parametrize(
    "wanted",
    [
        *("https://a.example/done", "https://a.example/donex/y", "https://a.example/"),
        *("https://a.example.evil.example/done/x", "https://a.example@evil.example/done/x"),
        *("https://evil.example/https://a.example/done/x", "http://a.example/done/x"),
        *("https://a.example:444/done/x", "https://A.example/done/x", "//a.example/done/x"),
        *("https:/a.example/done/x", "https:a.example/done/x", "javascript:alert(1)//done/x"),
        *(
            f"{FOLDER}/{path}"
            for path in (
                *("..", "../x", "x/../../y", ".", "./x", "/x", "/evil.example", "x//y"),
                *(
                    "%2e%2e/x",
                    "%2E./x",
                    "x%2f..%2fy",
                    "%5c..",
                    "..\\x",
                    "\\evil.example",
                    "%252e%252e",
                ),
                *("..;/x", "..;a=b/x", "%00", "x#y", "x#@evil.example"),
                *("xn\u00e4", "\uff0e\uff0e/x", "\u2024\u2024/x", "x\ty", "x y", "\r\nx"),
            )
        ),
    ],
)
def test_no_trick_leads_out_of_a_registered_folder(wanted: str) -> None:
    """User names, ports, dots however they are written, empty names, other alphabets."""
    assert return_url_mistake(wanted, BELOW) is not None


@given(st.text("a./\\%2eEfF5cC;@:?#&= ~\u2024", max_size=24))
def test_what_is_taken_stays_in_its_folder_for_every_reader(rest: str) -> None:
    """Decoded as often as anybody might, and with its dots resolved, it is below it still."""
    wanted = f"{FOLDER}/{rest}"
    if return_url_mistake(wanted, BELOW) is not None:
        return
    path = urlsplit(wanted).path
    for _ in range(3):
        path = unquote(path).replace("\\", "/")
        assert f"{posixpath.normpath(path)}/".startswith("/done/")
        assert "//" not in path
    assert urlsplit(wanted).netloc == httpx.URL(wanted).netloc.decode() == "a.example"


def test_a_registered_url_may_have_a_query_of_its_own() -> None:
    """It is the same text, or a page with another query."""
    registered = ["https://a.example/done?shop=1"]
    assert return_url_mistake("https://a.example/done?shop=1", registered) is None
    assert return_url_mistake("https://a.example/done?shop=2", registered) is not None

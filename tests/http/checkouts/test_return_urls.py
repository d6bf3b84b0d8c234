"""Where a browser goes back to: refused where it cannot be right, else kept byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.http.world import ApiHarness
from unshackled.http.checkouts.return_urls import return_url_mistake, with_checkout

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


def test_a_registered_url_may_have_a_query_of_its_own() -> None:
    """It is the same text, or a page with another query."""
    registered = ["https://a.example/done?shop=1"]
    assert return_url_mistake("https://a.example/done?shop=1", registered) is None
    assert return_url_mistake("https://a.example/done?shop=2", registered) is not None

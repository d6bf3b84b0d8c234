"""Stored quotes: an id made of the contents, and nothing personal in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_pricing import CATALOGUE, GB, IMEI, NOW, credit, old_phone, priced
from unshackled.domain.codec import decode, encode
from unshackled.domain.package import Package, Selection
from unshackled.domain.personal import fields_of
from unshackled.domain.pricing import Priced, price
from unshackled.domain.records import replace
from unshackled.domain.stored_quote import (
    IMEI_PATH,
    READABLE,
    WINDOWS,
    QuotedDevice,
    QuotedSelection,
    StoredQuote,
    changes,
    stored_quote,
    valid_until,
)
from unshackled.domain.validation import is_imei

HOUR: Final = timedelta(hours=1)
WINDOW: Final = HOUR / WINDOWS
PICKED: Final[Mapping[str, Any]] = {
    "handset": "N9",
    "tariff": "AIR",
    "credit": credit("P24", 20_000),
    "accessories": ("CASE",),
    "trade_in": old_phone(),
}
YEARS: Final = timedelta(days=5_000)
TIMES = st.timedeltas(-YEARS, YEARS).map(lambda since: NOW + since)
PARTS: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "handset": st.sampled_from(["N9", "N1"]),
    "tariff": st.sampled_from([None, "AIR"]),
    "credit": st.sampled_from([None, credit(), credit("P24", 30_000), credit("BNPL3", 100)]),
    "accessories": st.sampled_from([(), ("CASE",), ("CASE", "CASE")]),
    "trade_in": st.sampled_from([None, old_phone(), old_phone(grade="worn")]),
}
SELECTIONS = st.fixed_dictionaries(dict(PARTS)).map(lambda picked: Selection(**picked))


def stored(
    selection: Selection | None = None,
    *,
    account: str = "northstar",
    key: str = "key-1",
    flow: str | None = None,
    at: datetime = NOW,
    found: Priced | None = None,
) -> StoredQuote:
    """A quote of a selection, priced now unless it is priced already."""
    picked = Selection(**PICKED) if selection is None else selection
    found = found or sure(picked)
    found = replace(found, quote=replace(found.quote, valid_until=at + HOUR))
    return stored_quote(account, key, flow, picked, found, now=at, validity=HOUR)


def sure(selection: Selection, quote_id: str = "quo_1") -> Priced:
    """The price of what is sold."""
    found = price(selection, CATALOGUE, rules=GB, now=NOW, quote_id=quote_id)
    assert isinstance(found, Priced), found
    return found


def luhn_completed(digits: str) -> str:
    """14 digits with the check digit of an IMEI."""
    return next(digits + str(last) for last in range(10) if is_imei(digits + str(last)))


IMEIS = st.text("0123456789", min_size=14, max_size=14).map(luhn_completed)


@given(imei=IMEIS, other=IMEIS)
def test_the_number_of_a_device_changes_neither_price_nor_id(imei: str, other: str) -> None:
    """So a selection without it is priced as one with it, and is the same quote."""
    one, two = (
        Selection(**{**PICKED, "trade_in": old_phone(imei=number)}) for number in (imei, other)
    )
    assert sure(one).quote == sure(two).quote
    assert stored(one) == stored(two)
    device = QuotedDevice(model="Nimbus 5", grade="good")
    without = QuotedSelection(**{**PICKED, "trade_in": device})
    assert stored(without.to_price()) == stored(one)


@given(selection=SELECTIONS, at=TIMES, key=st.sampled_from(["key-1", "key-2"]))
def test_the_same_contents_are_the_same_quote(selection: Selection, at: datetime, key: str) -> None:
    """Whoever asks, under whatever id it was priced, anywhere in the window."""
    found = price(selection, CATALOGUE, rules=GB, now=NOW, quote_id="quo_1")
    if not isinstance(found, Priced):
        return
    begin = valid_until(at, HOUR) - HOUR
    one = stored(selection, at=at, key=key, found=found)
    other = stored(selection, at=begin, found=sure(selection, quote_id="quo_2"))
    assert (one.id, one.quote) == (other.id, other.quote)
    assert one.id == one.quote.id
    assert stored(selection, at=begin + WINDOW, found=found).id != one.id


CHANGED: Final[Mapping[str, Callable[[], StoredQuote]]] = {
    "another account": lambda: stored(account="orbit"),
    "the other mode": lambda: stored(account="northstar:test"),
    "a flow": lambda: stored(flow="handset"),
    "another flow": lambda: stored(flow="handset-2"),
    "the next window": lambda: stored(at=NOW + WINDOW),
    "another handset": lambda: stored(Selection(handset="N1")),
    "no tariff": lambda: stored(Selection(**{**PICKED, "tariff": None})),
    "another plan": lambda: stored(Selection(**{**PICKED, "credit": credit()})),
    "another deposit": lambda: stored(Selection(**{**PICKED, "credit": credit("P24", 20_001)})),
    "no accessory": lambda: stored(Selection(**{**PICKED, "accessories": ()})),
    "another grade": lambda: stored(Selection(**{**PICKED, "trade_in": old_phone(grade="worn")})),
    "another price": lambda: stored(found=repriced(handset=71_801)),
    "another title": lambda: stored(found=repriced(title="Nimbus 9 black")),
}


def repriced(handset: int = 71_800, title: str = "Nimbus 9") -> Priced:
    """What the same selection comes to after the catalogue changed."""
    first, *rest = CATALOGUE.handsets
    changed = replace(first, price=handset, title=title)
    catalogue = replace(CATALOGUE, handsets=(changed, *rest))
    found = price(Selection(**PICKED), catalogue, rules=GB, now=NOW, quote_id="quo_1")
    assert isinstance(found, Priced)
    return found


def test_any_change_of_the_contents_is_another_quote() -> None:
    """Each of them, also of one that only the priced package shows."""
    ids = {name: make().id for name, make in CHANGED.items()} | {"as it was": stored().id}
    assert len(set(ids.values())) == len(CHANGED) + 1, ids


@given(at=TIMES)
def test_a_quote_counts_no_longer_than_its_retailer_says(at: datetime) -> None:
    """And for at least three quarters of it, whenever in the window it was made."""
    end = valid_until(at, HOUR)
    assert HOUR - WINDOW < end - at <= HOUR
    assert end == valid_until(end - HOUR, HOUR)


@given(selection=SELECTIONS, imei=IMEIS)
def test_what_is_stored_is_what_is_bought_but_for_what_is_personal(
    selection: Selection, imei: str
) -> None:
    """Selection and package come back whole with the number that is asked at the checkout."""
    if selection.trade_in is not None:
        selection = replace(selection, trade_in=replace(selection.trade_in, imei=imei))
    found = price(selection, CATALOGUE, rules=GB, now=NOW, quote_id="quo_1")
    if not isinstance(found, Priced):
        return
    quote = decode(StoredQuote, orjson.loads(orjson.dumps(encode(stored(selection, found=found)))))
    assert quote.picked(imei) == selection
    assert quote.bought(imei) == found.package
    assert imei not in orjson.dumps(encode(quote)).decode()
    assert quote.missing == ((IMEI_PATH,) if selection.trade_in else ())


def test_a_quote_of_an_earlier_version_is_read() -> None:
    """What came later into a selection, a package or a quote has its default."""
    data = encode(stored())
    for part, later in (("quote", "trade_in_surplus"), ("selection", "accessories")):
        del data[part][later]
    del data["package"]["tariff"]["rises"]
    quote = decode(StoredQuote, data)
    assert quote.quote.trade_in_surplus == 0
    assert quote.picked(IMEI).accessories == ()
    assert isinstance(quote.bought(IMEI), Package)
    data["quote"]["colour"] = "red"
    with pytest.raises(ValueError, match="colour"):
        decode(StoredQuote, data)


def test_a_selection_to_quote_has_every_part_of_a_selection() -> None:
    """Only of the old device less is needed."""
    parts, quoted = dict(fields_of(Selection)), dict(fields_of(QuotedSelection))
    assert (parts.pop("trade_in"), quoted.pop("trade_in")) != (None, None)
    assert parts == quoted
    known = fields_of(type(old_phone()))
    assert set(fields_of(QuotedDevice)) == set(known)


def test_a_price_that_ends_before_ends_its_quote() -> None:
    """Where the law changes at midnight, the price is not kept into the day after."""
    midnight = NOW + HOUR / 3
    picked = Selection(**PICKED)
    found = sure(picked)
    found = replace(found, quote=replace(found.quote, valid_until=midnight))
    for at in (NOW, NOW + HOUR / 6):
        quote = stored_quote("northstar", "k", None, picked, found, now=at, validity=HOUR)
        assert quote.quote.valid_until == midnight


def test_it_is_read_for_a_week_after_its_end() -> None:
    """By its validity, not by when it was made."""
    quote = stored()
    assert not quote.quote.expired(NOW)
    assert quote.readable_until == quote.quote.valid_until + READABLE
    assert timedelta(days=7) == READABLE


def test_what_changed_is_named_with_both_values() -> None:
    """Sums, months and lines; an equal price says nothing, whatever its id and validity."""
    before = priced(handset="N9").quote
    again = replace(before, id="quo_2", valid_until=NOW, digest="sha256:2")
    assert list(changes(before, again)) == []
    now = priced(handset="N9", tariff="AIR").quote
    found = {one.path: one for one in changes(before, now)}
    assert set(found) == {"per_month", "total_payable", "lines"}
    assert (found["total_payable"].before, found["per_month"].before) == (71_800, [])
    assert [line["part"] for line in found["lines"].now] == ["handset", "tariff"]

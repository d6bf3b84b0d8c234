"""A quote that is stored: what was picked and what it costs, under an id made of its contents.

Nothing personal is in it: of a selection and of its package only the public half is there, so the
number of an old device (its IMEI) is asked when a checkout begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from unshackled.domain.catalogue import Grade
from unshackled.domain.codec import decode, encode, without_added
from unshackled.domain.codec import digest as digest_of
from unshackled.domain.facts import Fact, added
from unshackled.domain.normal import digits
from unshackled.domain.package import CreditChoice, Package, Selection, UpgradeChoice
from unshackled.domain.personal import Personal, split
from unshackled.domain.pricing import Priced
from unshackled.domain.quote import Quote
from unshackled.domain.records import Record, declared, replace

Json = Any
# How long a quote is read after its validity, as expired.
READABLE: Final = timedelta(days=7)
# The same contents within a part of the validity are the same quote: it has as many parts.
WINDOWS: Final = 4
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# A price does not depend on the number of the old device: one without it is priced with this.
PRICED_AS: Final = "490154203237518"
IMEI_PATH: Final = "trade_in.imei"
# What a quote is called, its day and how long it counts: no part of what it says.
NAMES: Final = frozenset({"id", "valid_until", "digest", "priced_on"})


class QuotedDevice(Record, Fact):
    """The old device that the customer offers, as far as it has a price.

    Its IMEI may be sent, and is checked; it is not stored.
    """

    model: str
    grade: Grade
    imei: (
        Personal[
            Annotated[
                str,
                AfterValidator(digits),
                Field(description="15 digits: dial *#06# to see it; checked, never stored"),
            ]
        ]
        | None
    ) = None


class QuotedSelection(Record, Fact):
    """What the customer picked, by SKU and code; of an old device the IMEI may come later."""

    handset: str | None = None
    tariff: str | None = None
    credit: CreditChoice | None = None
    accessories: tuple[str, ...] = ()
    trade_in: QuotedDevice | None = None
    upgrade: UpgradeChoice | None = added(None)

    def to_price(self) -> Selection:
        """The selection as it is priced: with an IMEI, whether it is known or not."""
        data = encode(self)
        if self.trade_in is not None and self.trade_in.imei is None:
            data["trade_in"]["imei"] = PRICED_AS
        return decode(Selection, data)


class StoredQuote(Record):
    """What was picked and priced for an account, without anything personal.

    `key` is the public id of the API key that wrote it; `flow` is the one it was made for, None
    where it is a price only. `selection` and `package` are the public halves of a `Selection` and
    a `Package` as JSON.
    """

    id: str
    account: str
    key: str
    created_at: datetime
    flow: str | None
    selection: Mapping[str, Json]
    package: Mapping[str, Json]
    quote: Quote

    @property
    def ends(self) -> datetime:
        """When it stops counting."""
        return self.quote.valid_until

    @property
    def readable_until(self) -> datetime:
        """When there is nothing at its address any more."""
        return self.quote.valid_until + READABLE

    @property
    def missing(self) -> tuple[str, ...]:
        """The paths of what a checkout from it needs besides: personal, so it is not here."""
        return (IMEI_PATH,) if self.selection.get("trade_in") else ()

    def to_price(self) -> Selection:
        """The selection as it is priced again."""
        return self.picked(PRICED_AS)

    def picked(self, imei: str | None = None) -> Selection:
        """The whole selection; `imei` is of the old device, where there is one."""
        return decode(Selection, _with(self.selection, imei))

    def bought(self, imei: str | None = None) -> Package:
        """The whole package, as `picked`."""
        return decode(Package, _with(self.package, imei))


class QuoteChange(Record):
    """A part of a quote that is not as it was: JSON, before and now."""

    path: str
    before: Json
    now: Json


def stored_quote(
    account: str,
    key: str,
    flow: str | None,
    selection: Selection,
    priced: Priced,
    *,
    now: datetime,
    validity: timedelta,
) -> StoredQuote:
    """A quote to store, under the id of its contents and of the window that `now` is in.

    It counts for at most `validity`, and for at least three quarters of it, unless its price ends
    before: where the law of its market changes.
    """
    picked, _ = split(Selection, encode(selection))
    bought, _ = split(Package, encode(priced.package))
    end = min(valid_until(now, validity), priced.quote.valid_until)
    quote = replace(priced.quote, id="", valid_until=end)
    contents = digest_of(
        account,
        flow,
        without_added(Selection, picked),
        without_added(Package, bought),
        quote,
    )
    name = f"quo_{contents.removeprefix('sha256:')[:26].upper()}"
    return StoredQuote(
        id=name,
        account=account,
        key=key,
        created_at=now,
        flow=flow,
        selection=picked,
        package=bought,
        quote=replace(quote, id=name),
    )


def valid_until(now: datetime, validity: timedelta) -> datetime:
    """The end of a quote that is made now: the same for all of one window."""
    width = validity / WINDOWS
    return EPOCH + (now - EPOCH) // width * width + validity


def changes(before: Quote, now: Quote) -> Iterator[QuoteChange]:
    """What one quote says otherwise than another, field by field."""
    for one in declared(Quote):
        old, new = getattr(before, one.name), getattr(now, one.name)
        if one.name not in NAMES and old != new:
            yield QuoteChange(path=one.name, before=_json(old), now=_json(new))


def _json(value: object) -> Json:
    return [encode(one) for one in value] if isinstance(value, tuple) else encode(value)


def _with(public: Mapping[str, Json], imei: str | None) -> dict[str, Json]:
    """JSON of a selection or package with the number of its old device, if it has one."""
    old = public.get("trade_in")
    return {**public, "trade_in": {**old, "imei": imei or ""}} if old else dict(public)

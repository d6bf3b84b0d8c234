"""Markets: the law of each country as dated data, one TOML file a market.

A market is a file of this package (`gb.toml`), or of a package that an entry point in the group
`unshackled.markets` names. Found by being there: nothing is to be listed.

    MarketError
    ├── UnknownMarket    no file for this country
    └── WrongMarket      a file that is wrong, or a second one for its market
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from unshackled.domain.market_rules import MarketPack
from unshackled.entry_points import entry_points_of
from unshackled.errors import UnshackledError

# Whose rules every retailer had before markets were named: those of one that has no file any more.
BEFORE_MARKETS: Final = "GB"
GROUP: Final = "unshackled.markets"
_FILE: Final = re.compile(r"([a-z]{2})\.toml")
# More than any law fills: a file that is larger is none.
LARGEST: Final = 256 * 1024


class MarketError(UnshackledError):
    """A market cannot be had."""


class UnknownMarket(MarketError):
    """No file speaks for this country."""


class WrongMarket(MarketError):
    """A file of a market is wrong; the message names file and field and says what is allowed."""


def market_codes() -> tuple[str, ...]:
    """The countries that there are rules of, by their codes (ISO 3166-1)."""
    return tuple(sorted(_files()))


@cache
def market_pack(code: str) -> MarketPack:
    """The rules of a market by its code, `GB`; raises `UnknownMarket` and `WrongMarket`."""
    from unshackled.markets.market_file import pack_of  # noqa: PLC0415 - read when it is needed

    found = _files().get(code)
    if found is None:
        raise UnknownMarket(f"no rules of the market {code!r}: allowed are {_listed()}")
    with found.open("rb") as file:
        raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise WrongMarket(f"{found.name}: is larger than {LARGEST} bytes")
    return pack_of(code, raw, found.name)


def refresh() -> None:
    """Look for files anew, after a package was installed."""
    _files.cache_clear()
    market_pack.cache_clear()


def _listed() -> str:
    return ", ".join(market_codes())


@cache
def _files() -> Mapping[str, Traversable]:
    found: dict[str, Traversable] = {}
    places = [__name__, *(entry.value for entry in entry_points_of(GROUP))]
    for place in places:
        for file in files(import_module(place)).iterdir():
            named = _FILE.fullmatch(file.name)
            if named is None:
                continue
            code = named[1].upper()
            if code in found:
                raise WrongMarket(f"{file.name}: {place} brings the market {code} a second time")
            found[code] = file
    return found


__all__ = [
    "BEFORE_MARKETS",
    "MarketError",
    "UnknownMarket",
    "WrongMarket",
    "market_codes",
    "market_pack",
    "refresh",
]

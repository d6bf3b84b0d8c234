"""A checkout as two JSON documents: what is public, and what erasing takes away.

The personal one is sealed before it is stored: see `snapshot_sealer`. Fields at their default are
left out, so a default of the snapshot's classes never changes its meaning. Without its personal
part a checkout still loads: see `erasure.ERASED` and `NOTHING`.

A snapshot carries the number of its format. What a newer version wrote, or a field that this one
does not know, is refused: written back without it, it would be lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any, Final

import msgspec
import orjson
from msgspec.structs import asdict
from pydantic import ValidationError

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import decode, encode, without_defaults
from unshackled.domain.erasure import fill, required_personal
from unshackled.domain.facts import Fact
from unshackled.domain.memo import Memo
from unshackled.domain.personal import fields_of, merge, split
from unshackled.domain.records import declared
from unshackled.errors import StoreError, Unreadable

UNKNOWN: Final = frozenset({"unexpected_keyword_argument", "extra_forbidden"})
Json = Any

NOTHING: Final = b"{}"  # what the personal part reads as, once erased
# Grows when what is stored means something else than before. 1 was never written: no number is 1.
# 3: the personal part is sealed. 4: it has case runs, which a version of before would lose; one
# without is still written as 3, so that replicas of both versions go on side by side. 5: it is in
# the waiting room, where a version of before would begin it at once; a place that was used is gone.
FORMAT: Final = 5
WITH_RUNS: Final = 4
WITHOUT_RUNS: Final = 3
KEY: Final = "format"
_FACTS: Final[Memo[tuple[msgspec.Raw, msgspec.Raw | None]]] = Memo()


def dump(checkout: Checkout) -> tuple[bytes, bytes]:
    """The public and the personal part, each a JSON object; of one that was erased `NOTHING`."""
    shape = type(checkout)
    defaults = _defaults(shape)
    whole = {name: one for name, one in asdict(checkout).items() if one != defaults[name]}
    facts = {
        name: _FACTS.get(whole[name], make=partial(_halves, whole[name])) for name in _facts(shape)
    }
    public, personal = split(shape, {**whole, **dict.fromkeys(facts)})
    shown = {name: half for name, (half, _) in facts.items()}
    hidden = {name: half for name, (_, half) in facts.items() if half is not None}
    erased = checkout.erasure is not None and checkout.erasure.whole
    return (
        msgspec.json.encode({KEY: _format(checkout), **public, **shown}),
        NOTHING if erased else msgspec.json.encode({**hidden, **personal}),
    )


def _format(checkout: Checkout) -> int:
    if checkout.queue is not None:
        return FORMAT
    return WITH_RUNS if checkout.runs else WITHOUT_RUNS


@cache
def _defaults(shape: type) -> Mapping[str, Json]:
    """Each field of a snapshot with its default; a field without one has what nothing equals."""
    return {one.name: one.default for one in declared(shape)}


@cache
def _facts(shape: type) -> tuple[str, ...]:
    """The fields of a snapshot that hold a fact: the package, and its quote."""
    fields = fields_of(shape).items()
    return tuple(name for name, one in fields if isinstance(one, type) and issubclass(one, Fact))


def _halves(fact: Fact) -> tuple[msgspec.Raw, msgspec.Raw | None]:
    """The public and the personal part of a package or a quote, without what is at its default."""
    public, personal = split(type(fact), without_defaults(type(fact), encode(fact)))
    return _raw(public), _raw(personal) if personal else None


def _raw(data: Json) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(data))


def parse(public: bytes | str, personal: bytes | str) -> Checkout:
    """The checkout of two parts.

    Raises `Unreadable` for one that a newer version wrote, and `StoreError` for one that is broken,
    naming each wrong field, never its value.
    """
    known = _json(public)
    format_ = known.pop(KEY, 1)
    if not isinstance(format_, int) or not 1 <= format_ <= FORMAT:
        raise Unreadable(f"a snapshot of format {format_!r}: this version reads up to {FORMAT}")
    whole = merge(known, _json(personal))
    for path in required_personal(Checkout):
        fill(whole, path)
    try:
        return decode(Checkout, whole)
    except ValidationError as error:
        raise _refused(error) from None


def _json(part: bytes | str) -> dict[str, Json]:
    try:
        found = orjson.loads(part)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise StoreError("a stored snapshot cannot be read: it is no JSON object")
    return found


def _refused(error: ValidationError) -> StoreError:
    """Broken, or of a newer version where all that is wrong are fields that are unknown here."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    wrong = ", ".join(".".join(map(str, one["loc"])) for one in found)
    if all(one["type"] in UNKNOWN for one in found):
        return Unreadable(f"a snapshot with fields that this version does not know: {wrong}")
    return StoreError(f"a stored snapshot cannot be read: {wrong}")


def erased(checkout: Checkout) -> Checkout:
    """The same checkout as it reads once its personal part was erased."""
    return parse(dump(checkout)[0], NOTHING)

"""Two providers' answers, field by field: pure.

Lists of things with a `sku` or an `id` are compared thing by thing, whatever their order. White
space, time zones and trailing zeros of decimals do not count as differences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Any, Final

from unshackled.domain.codec import encode
from unshackled.domain.personal import split
from unshackled.domain.records import Record
from unshackled.flow.language.policy import Shadow
from unshackled.flow.language.tolerance import Tolerance
from unshackled.ports.outcome import Declined, Passed, Pending, Redirect

NAMES: Final = ("sku", "id")
LONGEST: Final = 80
HIDDEN: Final = "(personal)"
MISSING: Final = "(missing)"


class Difference(Record):
    """One field that differs; `live` and `candidate` are short texts, nothing personal."""

    field: str
    live: str
    candidate: str


def compared(live: object, candidate: object, shadow: Shadow) -> tuple[Difference, ...]:
    """Where two outcomes differ; each field once, with its first example."""
    words = _word(live), _word(candidate)
    if words[0] != words[1]:
        return (Difference(field="outcome", live=words[0], candidate=words[1]),)
    if not isinstance(live, Passed) or not isinstance(candidate, Passed):
        return ()
    found: dict[str, Difference] = {}
    for hidden, one, other in _parts(live.output, candidate.output):
        for difference in _differences(one, other, shadow, hidden=hidden):
            found.setdefault(difference.field, difference)
    return tuple(found.values())


def _word(outcome: object) -> str:
    if isinstance(outcome, Declined):
        return f"declined:{outcome.code}"
    kinds: dict[type, str] = {Passed: "passed", Pending: "pending", Redirect: "redirect"}
    return next((word for kind, word in kinds.items() if isinstance(outcome, kind)), "unknown")


def _parts(live: object, candidate: object) -> Iterator[tuple[bool, Any, Any]]:
    """The public parts of both, then the personal ones, of which no example is ever kept."""
    if type(live) is not type(candidate) or live is None:
        return
    one, other = split(type(live), encode(live)), split(type(candidate), encode(candidate))
    yield False, one[0], other[0]
    yield True, one[1] or {}, other[1] or {}


def _differences(
    one: Any, other: Any, shadow: Shadow, *, hidden: bool, path: str = ""
) -> Iterator[Difference]:
    if path and _named(path, shadow.ignore):
        return
    pairs = _aligned(one, other)
    if pairs is not None:
        for name, first, second in pairs:
            below = f"{path}.{name}" if path else name
            yield from _differences(first, second, shadow, hidden=hidden, path=below)
    elif not _same(one, other) and not _tolerated(path, one, other, shadow):
        texts = (HIDDEN, HIDDEN) if hidden else (_text(one), _text(other))
        yield Difference(field=path, live=texts[0], candidate=texts[1])


def _named(path: str, patterns: Sequence[str]) -> bool:
    last = path.rpartition(".")[2]
    return any(fnmatchcase(path, one) or one == last for one in patterns)


def _tolerated(path: str, one: Any, other: Any, shadow: Shadow) -> bool:
    return any(
        Tolerance.read(text).allows(one, other)
        for pattern, text in shadow.tolerate.items()
        if _named(path, (pattern,))
    )


def _aligned(one: Any, other: Any) -> list[tuple[str, Any, Any]] | None:
    """What belongs together in two mappings or lists; None for plain values."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        names = dict.fromkeys((*one, *other))
        return [(name, one.get(name), other.get(name)) for name in names]
    if isinstance(one, list) and isinstance(other, list):
        first, second = _keyed(one), _keyed(other)
        keys = dict.fromkeys((*first, *second))
        return [("*", first.get(key, MISSING), second.get(key, MISSING)) for key in keys]
    return None


def _keyed(items: list[Any]) -> dict[object, Any]:
    for name in NAMES:
        if items and all(isinstance(item, Mapping) and name in item for item in items):
            return {item[name]: item for item in items}
    return dict(enumerate(items))


def _same(one: Any, other: Any) -> bool:
    if one == other:
        return True
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    return _plain(one) == _plain(other)


def _plain(text: str) -> object:
    flat = " ".join(text.split())
    if "T" in flat and ":" in flat:
        try:
            at = datetime.fromisoformat(flat)
        except ValueError:
            return flat
        return at.astimezone(UTC) if at.tzinfo else at
    if "." in flat:
        try:
            return Decimal(flat).normalize()
        except InvalidOperation:
            return flat
    return flat


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        value = next((value[name] for name in NAMES if name in value), "(there)")
    return str(value)[:LONGEST]

"""Events of TMF622 and TMF641: they are not signed, so each is a hint, and the order is asked."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qs

import orjson

from unshackled.sdk import BadSignature, Declined, Notice, Outcome, RawCallback
from unshackled.sdk.answers import UNREADABLE, read
from unshackled_adapters.tmf import line_mapping, order_mapping, stop_mapping
from unshackled_adapters.tmf.client import GUARD, Tmf
from unshackled_adapters.tmf.values import ident

Json = Mapping[str, Any]
Reader = Callable[[Json, timedelta, str], Outcome[Any]]

OURS: Final = re.compile(r"[A-Z2-7]{26}")
# An order that passed and ended badly later has no other word than a decline: the engine shows
# the contradiction to a person.
ENDED: Final = Declined(code="declined")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """One kind of orders: where they are, who reads them, and which states are their bad end."""

    path: str
    reader: Reader
    dead: frozenset[str]


async def receive(client: Tmf, raw: RawCallback) -> Sequence[Notice]:
    """What became of the order that an event names; nothing if it is not one of ours."""
    _check_guard(client, raw)
    named = _named(client, raw.body)
    if named is None:
        return []
    kind, number = named
    answer = await client.get(f"{kind.path}/{number}", expect=(404,))
    if answer.status == 404:
        return []
    order = read(answer, dict)
    if order.get("id") != number:
        raise answer.malformed("another order")
    reference = str(order.get("externalId", ""))
    if not OURS.fullmatch(reference):
        return []
    if order.get("state") in kind.dead:
        return await _ended(client, kind, reference)
    poll_after, provider = client.settings.poll_after, client.provider
    outcome = read(answer, lambda message: kind.reader(message, poll_after, provider))
    return [Notice(reference=reference, outcome=outcome)]


async def _ended(client: Tmf, kind: _Kind, reference: str) -> Sequence[Notice]:
    """The bad end of an order, unless another under the same reference is alive."""
    orders = await client.ours(kind.path, reference)
    if any(order.get("state") not in kind.dead for order in orders):
        return []
    return [Notice(reference=reference, outcome=ENDED)]


def _named(client: Tmf, body: bytes) -> tuple[_Kind, str] | None:
    """The kind of the order that an event names, and its id."""
    try:
        told = orjson.loads(body)["event"]
        for name, kind in _kinds(client).items():
            if name in told:
                return kind, ident(told[name])
    except UNREADABLE as error:
        raise BadSignature(f"an event of unexpected shape ({type(error).__name__})") from None
    return None


def _kinds(client: Tmf) -> dict[str, _Kind]:
    settings = client.settings
    return {
        "productOrder": _Kind(
            path=f"{settings.order_path}/productOrder",
            reader=order_mapping.placed,
            dead=order_mapping.DEAD,
        ),
        "serviceOrder": _Kind(
            path=f"{settings.service_path}/serviceOrder",
            reader=stop_mapping.either,
            dead=line_mapping.FAILED,
        ),
    }


def _check_guard(client: Tmf, raw: RawCallback) -> None:
    url, _, query = raw.url.partition("?")
    wanted = client.guard(url)
    told = parse_qs(query).get(GUARD, [""])[0]
    if wanted and not hmac.compare_digest(wanted.encode(), told.encode()):
        raise BadSignature("an event that was not sent to the address we told the hub")

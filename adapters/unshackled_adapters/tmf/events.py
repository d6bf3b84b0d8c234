"""Events of TMF622 and TMF641: they are not signed, so each is a hint, and the order is asked."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qs

import orjson

from unshackled.sdk import BadSignature, Notice, Outcome, RawCallback, Refused
from unshackled.sdk.answers import UNREADABLE, read
from unshackled_adapters.tmf import line_mapping, order_mapping
from unshackled_adapters.tmf.client import GUARD, Tmf

Json = Mapping[str, Any]
Reader = Callable[[Json, timedelta], Outcome[Any]]

# An id goes into a path: nothing that could lead elsewhere.
ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_~:-]*(?:\.[A-Za-z0-9_~:-]+)*")
OURS: Final = re.compile(r"[A-Z2-7]{26}")


async def receive(client: Tmf, raw: RawCallback) -> Sequence[Notice]:
    """What became of the order that an event names; nothing if it is not one of ours."""
    _check_guard(client, raw)
    found = _named(client, raw.body)
    if found is None:
        return []
    path, number, mapping = found
    answer = await client.get(f"{path}/{number}", expect=(404,))
    if answer.status == 404:
        return []
    order = read(answer, dict)
    reference = str(order.get("externalId", ""))
    if not OURS.fullmatch(reference):
        return []
    try:
        outcome = read(answer, lambda data: mapping(data, client.settings.poll_after))
    except Refused:
        # No outcome: who looks the order up is told the same, and a person hears of it.
        return []
    return [Notice(reference=reference, outcome=outcome)]


def _named(client: Tmf, body: bytes) -> tuple[str, str, Reader] | None:
    """Where the order of an event is, its id, and who reads it."""
    kinds: dict[str, tuple[str, Reader]] = {
        "productOrder": (f"{client.settings.order_path}/productOrder", order_mapping.placed),
        "serviceOrder": (f"{client.settings.service_path}/serviceOrder", line_mapping.activated),
    }
    try:
        told = orjson.loads(body)["event"]
        for name, (path, mapping) in kinds.items():
            if name in told:
                number = str(told[name]["id"])
                if not ID.fullmatch(number):
                    raise ValueError("id")
                return path, number, mapping
    except UNREADABLE as error:
        raise BadSignature(f"an event of unexpected shape ({type(error).__name__})") from None
    return None


def _check_guard(client: Tmf, raw: RawCallback) -> None:
    url, _, query = raw.url.partition("?")
    wanted = client.guard(url)
    told = parse_qs(query).get(GUARD, [""])[0]
    if wanted and not hmac.compare_digest(wanted.encode(), told.encode()):
        raise BadSignature("an event that was not sent to the address we told the hub")

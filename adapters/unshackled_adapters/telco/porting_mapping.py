"""Between our questions about numbers and the telco's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from unshackled.sdk import Declined, Outcome, Passed, Pending, Refused
from unshackled.sdk.answers import moment
from unshackled.sdk.ports import CheckPorting, PortCompleted, PortingChecked
from unshackled.sdk.texts import optional, text_of
from unshackled_adapters.telco.mapping import number_characteristics

Json = Mapping[str, Any]

# What the networks say of a code that cannot be used.
DECLINES: Final[Mapping[str, str]] = {
    "unknownCode": "pac_invalid",
    "expiredCode": "pac_expired",
    "otherNumber": "pac_number_mismatch",
}
DEFAULT_DECLINE: Final = "number_not_portable"
WAITING: Final = ("requested", "scheduled")


def question(request: CheckPorting) -> dict[str, Any]:
    """Which number, by which code."""
    return number_characteristics(request.number)


def checked(data: Json, time_zone: str) -> Outcome[PortingChecked]:
    """Whether it can be done; a good code counts until the end of its last day there."""
    if data["eligible"] is not True:
        code = DECLINES.get(str(data.get("reason")), DEFAULT_DECLINE)
        return Declined(code=code, vendor_code=optional(data.get("reason")))
    day = optional(data.get("codeExpires"))
    last = None if day is None else date.fromisoformat(day)
    output = PortingChecked(code_expires=last, network=optional(data.get("network")))
    return Passed(output=output, valid_until=None if last is None else _after(last, time_zone))


def _after(day: date, time_zone: str) -> datetime:
    midnight = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(time_zone))
    return midnight.astimezone(UTC)


def completed(data: Json, poll_after: timedelta, time_zone: str) -> Outcome[PortCompleted]:
    """Whether it is done; until then by the end of which day. Raises `Refused` where it failed."""
    state = data["state"]
    if state == "completed":
        output = PortCompleted(
            msisdn=text_of(data["msisdn"], "msisdn"), completed_at=moment(data["completedAt"])
        )
        return Passed(output=output)
    if state not in WAITING:
        raise Refused(f"porting.completion: the port is {state}", code="port_failed")
    day = date.fromisoformat(text_of(data["portDate"], "portDate"))
    return Pending(poll_after=poll_after, due_by=_after(day, time_zone))

"""All that an adapter may import: the ports, the outcomes, the HTTP client and `Adapter`.

An adapter is a folder with `ADAPTER = Adapter(...)` in its `__init__.py`; see docs/adapters.md.
"""

from __future__ import annotations

from pydantic import Field, SecretStr, field_validator, model_validator

from unshackled.domain.clock import Clock
from unshackled.domain.money import Money
from unshackled.domain.personal import Personal
from unshackled.domain.states import DATA_REFUSED
from unshackled.errors import InDoubt, NotSent, Refused, Undecided
from unshackled.outbound import Answer, HttpClient, Marks
from unshackled.ports.amount_ranges import ANY_CURRENCY, AmountRange
from unshackled.ports.call_context import Call, Followed, Undo
from unshackled.ports.outcome import (
    Absent,
    Declined,
    Found,
    Notice,
    NotUndone,
    Outcome,
    Passed,
    Pending,
    Redirect,
    Undelivered,
    Undone,
)
from unshackled.sdk.adapter import (
    Adapter,
    Api,
    BadSignature,
    Doubt,
    RawCallback,
    Settings,
    idempotent,
    lookup,
    manual,
)

__all__ = [
    "ANY_CURRENCY",
    "DATA_REFUSED",
    "Absent",
    "Adapter",
    "AmountRange",
    "Answer",
    "Api",
    "BadSignature",
    "Call",
    "Clock",
    "Declined",
    "Doubt",
    "Field",
    "Followed",
    "Found",
    "HttpClient",
    "InDoubt",
    "Marks",
    "Money",
    "NotSent",
    "NotUndone",
    "Notice",
    "Outcome",
    "Passed",
    "Pending",
    "Personal",
    "RawCallback",
    "Redirect",
    "Refused",
    "SecretStr",
    "Settings",
    "Undecided",
    "Undelivered",
    "Undo",
    "Undone",
    "field_validator",
    "idempotent",
    "lookup",
    "manual",
    "model_validator",
]

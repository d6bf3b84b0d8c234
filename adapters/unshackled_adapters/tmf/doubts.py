"""Doubt about what a list said."""

from __future__ import annotations

from unshackled.sdk import Answer, InDoubt
from unshackled.sdk.envelope import has, object_of
from unshackled_adapters.tmf.client import Tmf


def owns(answer: Answer) -> bool:
    """Whether the backend said it: an error as TMF630 has it."""
    return has(object_of(answer), code=str, reason=str)


def unreadable(tmf: Tmf, error: Exception) -> InDoubt:
    """A list whose entries are not as published; what it said is never quoted."""
    told = f"{tmf.provider}: a list of unexpected shape ({type(error).__name__})"
    return InDoubt(told, provider=tmf.provider)

"""Doubt about what a list said."""

from __future__ import annotations

from unshackled.sdk import InDoubt
from unshackled_adapters.tmf.client import Tmf


def unreadable(tmf: Tmf, error: Exception) -> InDoubt:
    """A list whose entries are not as published; what it said is never quoted."""
    told = f"{tmf.provider}: a list of unexpected shape ({type(error).__name__})"
    return InDoubt(told, provider=tmf.provider)

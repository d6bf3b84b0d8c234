"""How stores write times, and where a page of a list ended, as text."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=64)
def stamp(at: datetime) -> str:
    """A time as text of one width, so that text order is time order."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def encode(created_at: str, checkout: str) -> str:
    """The cursor behind a row."""
    return urlsafe_b64encode(f"{created_at} {checkout}".encode()).decode().rstrip("=")


def decode(cursor: str) -> tuple[str, str]:
    """The row a cursor stands behind: its stamp and id; raises `ValueError` on anything else."""
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        created_at, checkout = text.split(" ")
        return stamp(datetime.fromisoformat(created_at)), checkout
    except ValueError:
        raise ValueError("after: not a cursor that this list gave") from None

"""Ids and secrets: unique, sortable by time where that helps, never guessable where it matters."""

from __future__ import annotations

import secrets
from typing import Final, Protocol

from unshackled.domain.clock import Clock

_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Ids(Protocol):
    """Where ids and secrets come from."""

    def checkout(self) -> str:
        """A checkout's id, e.g. `chk_01K9…`."""

    def quote(self) -> str:
        """A quote's id, e.g. `quo_01K9…`."""

    def short(self) -> str:
        """16 hexadecimal digits: a public id."""

    def secret(self) -> str:
        """64 hexadecimal digits: 256 bits beyond any guess."""


class RandomIds:
    """Ids with the time in front (as ULIDs have it), secrets from the operating system."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def checkout(self) -> str:
        return f"chk_{self._sortable()}"

    def quote(self) -> str:
        return f"quo_{self._sortable()}"

    def short(self) -> str:
        return secrets.token_hex(8)

    def secret(self) -> str:
        return secrets.token_hex(32)

    def _sortable(self) -> str:
        """26 characters: 48 bits of milliseconds, 80 of chance, in Crockford's base 32."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        number = milliseconds << 80 | secrets.randbits(80)
        return "".join(_DIGITS[number >> shift & 31] for shift in range(125, -5, -5))

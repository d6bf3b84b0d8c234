"""Conditions: CEL expressions, typed at load and evaluated on JSON data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Condition(Protocol):
    """A compiled condition."""

    @property
    def source(self) -> str:
        """The expression as the flow wrote it."""
        ...

    @property
    def steps(self) -> frozenset[str]:
        """The steps whose output it reads."""
        ...

    def evaluate(self, variables: Mapping[str, Any]) -> bool | None:
        """True, false, or None while it depends on what is not there yet."""
        ...

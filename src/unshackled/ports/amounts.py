"""What a provider says that it took, held, lent or ordered, against what it was asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TypeAlias

from unshackled.domain.facts import Fact

Said: TypeAlias = int | str | None


class ReportsAmount(Fact, ABC):
    """An output that reports money.

    The engine asks `differs` wherever an outcome is taken: of an answer, a look-up, a callback, a
    late answer or a person's verdict. A difference is never passed, it goes to a person.
    """

    __slots__ = ()

    @abstractmethod
    def differs(self, request: object) -> str | None:
        """What differs from the request in amount, currency or months; None where all agrees."""


def apart(asked: Mapping[str, Said], told: Mapping[str, Said]) -> str | None:
    """Each value that was told and is not what was asked, in one line; None where all agree.

    What is None on either side was not said, and is not compared.
    """
    found = [
        f"{name} {told[name]} where {wanted} was asked"
        for name, wanted in asked.items()
        if wanted is not None and told.get(name) is not None and told[name] != wanted
    ]
    return "; ".join(found) or None


def difference(output: object, request: object, currency: str) -> str | None:
    """What an outcome reports otherwise than it was asked; `currency` is the checkout's one.

    An output of a kind that reports no money has nothing to differ in.
    """
    if not isinstance(output, ReportsAmount):
        return None
    foreign = apart({"currency": currency}, {"currency": getattr(output, "currency", None)})
    return output.differs(request) or foreign


__all__ = ["ReportsAmount", "apart", "difference"]

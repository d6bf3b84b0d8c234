"""One thing that a customer can do."""

from __future__ import annotations

from typing import Any

from unshackled.domain.records import Record

Json = Any


class CustomerAction(Record):
    """Something the customer can do now (`due`), or may already send (`conditional`: if needed).

    `step` is None for what is about the whole checkout: `change_package`, `cancel`. `resolves` are
    the steps that it is a way out for. `changes` are the parts of the package that may be
    exchanged, `patches` the merge patches that leave one out. `schema` and `document` are not there
    before it is described.
    """

    type: str
    due: bool
    step: str | None = None
    conditional: bool = False
    schema: Json = None
    options: Json = None
    document: Json = None
    url: str | None = None
    changes: tuple[str, ...] = ()
    patches: tuple[Json, ...] = ()
    resolves: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """What messages call it by, e.g. `submit:payment_method` or `cancel`."""
        return self.type if self.step is None else f"{self.type}:{self.step}"

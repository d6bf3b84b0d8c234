"""Every resource of the API, in the order of the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from fastapi import FastAPI

from unshackled.http import (
    callbacks,
    catalogue,
    checkouts,
    create,
    edits,
    endings,
    flows,
    handoffs,
    health,
    history,
    ops,
    quotes,
    reports,
    returns,
    stream,
    webhooks,
)
from unshackled.http.house import House


class Resource(Protocol):
    """A module that adds its routes to an application."""

    def install(self, app: FastAPI, house: House) -> None:
        """Add the routes."""


RESOURCES: Final[Sequence[Resource]] = (
    create,
    checkouts,
    edits,
    endings,
    history,
    stream,
    flows,
    quotes,
    catalogue,
    handoffs,
    callbacks,
    returns,
    reports,
    webhooks,
    ops,
    health,
)

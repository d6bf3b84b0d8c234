"""Every resource of the API, in the order of the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from fastapi import FastAPI

from unshackled.http import (
    callbacks,
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
    webhooks,
)
from unshackled.http import catalogue_pages as catalogue
from unshackled.http import event_streams as stream
from unshackled.http.api_context import ApiContext


class Resource(Protocol):
    """A module that adds its routes to an application."""

    def install(self, app: FastAPI, context: ApiContext) -> None:
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

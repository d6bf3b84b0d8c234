"""Every resource of the API, in the order of the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from fastapi import FastAPI

from unshackled.http import health
from unshackled.http.catalogue import catalogue_pages, flows
from unshackled.http.checkouts import (
    callbacks,
    change,
    create,
    end,
    event_streams,
    handoffs,
    history,
    quotes,
    read,
    returns,
)
from unshackled.http.context import ApiContext
from unshackled.http.ops import operations
from unshackled.http.reports import report_routes
from unshackled.http.webhooks import webhook_routes


class Resource(Protocol):
    """A module that adds its routes to an application."""

    def install(self, app: FastAPI, context: ApiContext) -> None:
        """Add the routes."""


RESOURCES: Final[Sequence[Resource]] = (
    create,
    read,
    change,
    end,
    history,
    event_streams,
    flows,
    quotes,
    catalogue_pages,
    handoffs,
    callbacks,
    returns,
    report_routes,
    webhook_routes,
    operations,
    health,
)

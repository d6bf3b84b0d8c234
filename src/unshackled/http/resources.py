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
    erasures,
    event_streams,
    handoffs,
    history,
    quotes,
    read,
    returns,
    searches,
)
from unshackled.http.context import ApiContext
from unshackled.http.late_routes import Install, LateResource


class Resource(Protocol):
    """A module that adds its routes to an application."""

    def install(self, app: FastAPI, context: ApiContext) -> None:
        """Add the routes."""


def _documents() -> Install:
    from unshackled.http.checkouts.document_routes import install

    return install


def _exports() -> Install:
    from unshackled.http.checkouts.exports import install

    return install


def _subject_access() -> Install:
    from unshackled.http.checkouts.exports import install_person

    return install_person


def _document_links() -> Install:
    from unshackled.http.checkouts.document_link_routes import install

    return install


def _upgrades() -> Install:
    from unshackled.http.upgrades.upgrade_routes import install

    return install


def _reports() -> Install:
    from unshackled.http.reports.report_routes import install

    return install


def _webhooks() -> Install:
    from unshackled.http.webhooks.webhook_routes import install

    return install


def _operations() -> Install:
    from unshackled.http.ops.operations import install

    return install


RESOURCES: Final[Sequence[Resource]] = (
    create,
    read,
    searches,
    change,
    end,
    erasures,
    history,
    event_streams,
    flows,
    quotes,
    catalogue_pages,
    handoffs,
    callbacks,
    returns,
    LateResource("/v1/checkouts/", _documents, part="/documents"),
    LateResource("/v1/checkouts/", _exports, part="/export"),
    LateResource("/v1/subject-access", _subject_access),
    LateResource("/v1/documents/", _document_links),
    LateResource("/v1/upgrades/", _upgrades),
    LateResource("/v1/reports/", _reports),
    LateResource("/v1/retailer/webhooks", _webhooks),
    LateResource("/ops/", _operations),
    health,
)

"""Every resource of the API, in the order of the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from fastapi import FastAPI

from unshackled.domain.case import CaseKind
from unshackled.http import health
from unshackled.http.checkouts import callbacks, change, create, end, read, returns
from unshackled.http.context import ApiContext
from unshackled.http.late_routes import Install, LateResource


class Resource(Protocol):
    """A module that adds its routes to an application."""

    def install(self, app: FastAPI, context: ApiContext) -> None:
        """Add the routes."""


def _searches() -> Install:
    from unshackled.http.checkouts.searches import install

    return install


def _erasures() -> Install:
    from unshackled.http.checkouts.erasures import install

    return install


def _history() -> Install:
    from unshackled.http.checkouts.history import install

    return install


def _event_streams() -> Install:
    from unshackled.http.checkouts.event_streams import install

    return install


def _flows() -> Install:
    from unshackled.http.catalogue.flows import install

    return install


def _quotes() -> Install:
    from unshackled.http.checkouts.quotes import install

    return install


def _catalogue_pages() -> Install:
    from unshackled.http.catalogue.catalogue_pages import install

    return install


def _handoffs() -> Install:
    from unshackled.http.checkouts.handoffs import install

    return install


def _published_keys() -> Install:
    from unshackled.http.published_keys import install

    return install


def _handoff_creation() -> Install:
    from unshackled.http.checkouts.handoffs import install_creation

    return install_creation


def _device_links() -> Install:
    from unshackled.http.checkouts.device_links import install

    return install


def _documents() -> Install:
    from unshackled.http.checkouts.document_routes import install

    return install


def _sims() -> Install:
    from unshackled.http.checkouts.sim_routes import install

    return install


def _exports() -> Install:
    from unshackled.http.checkouts.exports import install

    return install


def _ledgers() -> Install:
    from unshackled.http.checkouts.ledger_routes import install

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


def _pages() -> Install:
    from unshackled.http.pages.page_routes import install

    return install


def _appearances() -> Install:
    from unshackled.http.pages.appearance_routes import install

    return install


def _queue() -> Install:
    from unshackled.http.checkouts.queue import install

    return install


# What the catalogue lists, and the price of it: asked for before anybody buys.
LISTS: Final = (
    "/v1/handsets",
    "/v1/tariffs",
    "/v1/credit-plans",
    "/v1/accessories",
    "/v1/trade-ins",
)


def _cases() -> Install:
    from unshackled.http.cases.case_routes import install

    return install


def _case_documents() -> Install:
    from unshackled.http.cases.case_document_routes import install

    return install


def _opening(kind: CaseKind, path: str) -> LateResource:
    def load() -> Install:
        from unshackled.http.cases.open_cases import opening_of

        return opening_of(kind, path)

    return LateResource("/v1/checkouts/", load, part=f"/{path}")


RESOURCES: Final[Sequence[Resource]] = (
    create,
    read,
    LateResource("/v1/checkouts/search", _searches),
    change,
    end,
    LateResource("/v1/checkouts/", _erasures, part="/erasure"),
    LateResource("/v1/checkouts/", _queue, part="/queue"),
    LateResource("/v1/checkouts/", _history, part="/events"),
    LateResource("/v1/checkouts/", _event_streams, part="/stream", soon=True),
    LateResource("/v1/flows", _flows, soon=True),
    LateResource("/v1/quotes", _quotes, soon=True),
    LateResource(LISTS, _catalogue_pages, soon=True),
    LateResource("/v1/handoffs", _handoffs, soon=True),
    LateResource("/.well-known/jwks.json", _published_keys),
    LateResource("/v1/checkouts/", _handoff_creation, part="/handoffs"),
    LateResource("/v1/checkouts/", _device_links, part="/device-links"),
    callbacks,
    returns,
    LateResource("/v1/checkouts/", _documents, part="/documents"),
    LateResource("/v1/checkouts/", _sims, part="/sim/"),
    LateResource("/v1/checkouts/", _exports, part="/export"),
    LateResource("/v1/checkouts/", _ledgers, part="/ledger"),
    LateResource("/v1/checkouts/", _cases, part="/cases"),
    LateResource("/v1/checkouts/", _case_documents, part="/cases/"),
    _opening("refund", "refunds"),
    _opening("return", "returns"),
    _opening("withdrawal", "withdrawals"),
    _opening("stop", "stops"),
    LateResource("/v1/subject-access", _subject_access),
    LateResource("/v1/documents/", _document_links),
    LateResource("/v1/upgrades/", _upgrades),
    LateResource("/v1/retailers/", _appearances),
    LateResource(("/checkout", "/assets/", "/element.js"), _pages),
    LateResource("/v1/reports/", _reports),
    LateResource("/v1/retailer/webhooks", _webhooks),
    LateResource("/ops/", _operations),
    health,
)

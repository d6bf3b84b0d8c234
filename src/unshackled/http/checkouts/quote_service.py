"""Quotes of one account: stored once, read until they are deleted, and told as a resource."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from unshackled.domain.account import is_live
from unshackled.domain.stored_quote import READABLE, StoredQuote
from unshackled.flow.language.field_types import QUOTE
from unshackled.flow.language.spec import Retailer
from unshackled.http.checkouts.prices_shown import quote_body, totals
from unshackled.http.checkouts.representation import package_body
from unshackled.http.problems import Problem
from unshackled.http.services import Services
from unshackled.store.side_tables import Retention, SideTables
from unshackled.store.side_tables.stored_quotes import WriteLimit
from unshackled.telemetry import get_logger

Json = Any
PATH: Final = "/v1/quotes"
# New quotes of one API key; what is there already, and reading it, is not counted.
LIMIT: Final = WriteLimit(most=60, span=timedelta(minutes=1))
log = get_logger(__name__)


def quotes_retention(tables: SideTables) -> Retention:
    """Quotes are deleted a week after their validity."""
    return Retention(table=tables.quotes, keep=READABLE)


async def store_quote(services: Services, quote: StoredQuote) -> tuple[StoredQuote, bool]:
    """The quote as it is stored, and whether it is new; a problem where its key wrote too many."""
    write = await services.store.tables.quotes.add(quote, LIMIT)
    if write.again_at is not None:
        raise _too_many(write.again_at, quote.created_at)
    return (quote, True) if write.new else (await _first(services, quote), False)


async def _first(services: Services, quote: StoredQuote) -> StoredQuote:
    """The one that is there under the same id."""
    return await read_quote(services, quote.account, quote.id) or quote


def _too_many(again_at: datetime, now: datetime) -> Problem:
    wait = max(1, ceil((again_at - now).total_seconds()))
    return Problem(
        "too_many_requests",
        f"An API key may store {LIMIT.most} new quotes in {LIMIT.span.total_seconds():.0f} s.",
        headers={"Retry-After": str(wait)},
    )


async def read_quote(services: Services, account: str, quote: str) -> StoredQuote | None:
    """A quote of an account while it is there; None too for one that a newer version wrote."""
    try:
        found = await services.store.tables.quotes.get(account, quote)
    except ValueError:
        log.warning("quote.unreadable", quote=quote)
        return None
    gone = found is None or services.clock.now() >= found.readable_until
    return None if gone else found


def quote_resource(
    retailer: Retailer, stored: StoredQuote, now: datetime, locale: str
) -> dict[str, Json]:
    """The quote as its callers read it; in the words of a locale."""
    href, package = f"{PATH}/{stored.id}", stored.bought()
    expired, share = stored.quote.expired(now), share_url(retailer, stored.id)
    links = [{"rel": "self", "href": href}]
    return {
        "id": stored.id,
        "livemode": is_live(stored.account),
        "status": "expired" if expired else "valid",
        "created_at": stored.created_at,
        "valid_until": stored.quote.valid_until,
        "readable_until": stored.readable_until,
        "flow": stored.flow,
        "currency": stored.quote.currency,
        "selection": stored.selection,
        "package": package_body(package),
        "quote": quote_body(package, stored.quote, locale),
        "totals": totals(stored.quote, locale),
        "missing": [{"path": path, "conditional": False} for path in stored.missing],
        "share_url": share,
        "again": again(stored) if expired else None,
        "links": [*links, {"rel": "share", "href": share}] if share else links,
    }


def again(stored: StoredQuote) -> Mapping[str, Json]:
    """The request that asks for a quote of the same package anew."""
    body = {"package": stored.selection, **({"flow": stored.flow} if stored.flow else {})}
    return {"method": "POST", "href": PATH, "body": body}


def share_url(retailer: Retailer, quote: str) -> str | None:
    """The shop's page of a quote; None where the retailer has neither a page for it nor origins."""
    page = retailer.quote_page
    if page is None and retailer.origins:
        page = f"{retailer.origins[0]}/?quote={QUOTE}"
    return page.replace(QUOTE, quote) if page is not None else None

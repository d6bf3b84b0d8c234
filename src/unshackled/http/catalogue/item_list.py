"""A list of the catalogue: what fits a choice, what does not and why, and how old the answer is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.catalogue import Catalogue, Freshness, TradeInPrice
from unshackled.domain.codec import encode
from unshackled.domain.fitting import Chosen, Fitting, Item
from unshackled.domain.records import Record
from unshackled.domain.selection import Judged
from unshackled.flow.language.spec import Retailer
from unshackled.http.catalogue.choices import ListChoice, Listed, beside, refuse_contradictions
from unshackled.http.catalogue.excluded_items import LeftOutItem, excluded_body
from unshackled.http.checkouts.create import locale_of
from unshackled.http.checkouts.prices import catalogue_of
from unshackled.http.context import ApiContext
from unshackled.http.responses import answer, etag, not_modified, unchanged

Json = Any
VARY: Final = "Authorization, Origin"


class ListRequest(Record):
    """What a request for a list stands before: who sells what, now, and what is chosen of it."""

    tenant: Retailer
    livemode: bool
    catalogue: Catalogue
    freshness: Freshness
    fitting: Fitting
    choice: ListChoice
    locale: str


class ItemList(Record):
    """The items that fit, and those that do not, beside what is chosen."""

    items: tuple[Any, ...]
    left_out: tuple[LeftOutItem, ...]
    chosen: Chosen


async def opened(context: ApiContext, request: Request, choice: ListChoice) -> ListRequest:
    """Check who asks, and read what there is."""
    caller = await context.guard.retailer(request, "checkouts:read", publishable=True)
    tenant = context.tenant(caller.retailer)
    locale = locale_of(choice.locale, tenant)
    found = await catalogue_of(context.services, tenant, livemode=caller.livemode)
    rules = tenant.rules(context.services.clock.now())
    return ListRequest(
        tenant=tenant,
        livemode=caller.livemode,
        catalogue=found,
        freshness=context.services.catalogues.freshness(caller.account),
        fitting=Fitting(Judged(catalogue=found, rules=rules, age=choice.age)),
        choice=choice,
        locale=locale,
    )


def list_of(asker: ListRequest, listed: Listed, items: Iterable[Item]) -> ItemList:
    """What of the items goes with the choice; a problem where the choice contradicts itself."""
    fitting = asker.fitting
    refuse_contradictions(fitting, asker.choice, listed, asker.locale)
    chosen = beside(listed, asker.choice.chosen)
    judged = [(item, fitting.reason(item, chosen)) for item in items]
    return ItemList(
        items=tuple(item for item, why in judged if why is None),
        left_out=tuple((item, why) for item, why in judged if why is not None),
        chosen=chosen,
    )


def by_model(prices: Sequence[TradeInPrice]) -> list[Json]:
    """The guide prices of each model together, in the catalogue's order."""
    models: dict[str, list[dict[str, Any]]] = {}
    for one in prices:
        models.setdefault(one.model, []).append({"grade": one.grade, "value": one.value})
    return [{"model": model, "grades": grades} for model, grades in models.items()]


def _encoded(items: Sequence[Any]) -> list[Json]:
    return [encode(one) for one in items]


def answered(
    request: Request,
    asker: ListRequest,
    listed: ItemList,
    write: Callable[[Sequence[Any]], list[Json]] = _encoded,
) -> Response:
    """The list, or that the caller has it already."""
    body = {
        "currency": asker.catalogue.currency,
        "version": asker.catalogue.version,
        "items": write(listed.items),
    }
    if asker.choice.excluded:
        body |= excluded_body(listed.left_out, listed.chosen, asker.fitting, asker.locale)
    tag, kept = etag(f"{asker.catalogue.version}-{_mark(body)}"), _kept(asker.freshness)
    if not_modified(request, tag):
        return unchanged(tag, kept)
    return answer(body, headers={**kept, "ETag": tag})


def _mark(body: Json) -> str:
    """Changes with the answer: limits of providers are in no version of the catalogue."""
    return sha256(orjson.dumps(body, default=str)).hexdigest()[:16]


def _kept(freshness: Freshness) -> dict[str, str]:
    """How old the answer is, and how long a browser may keep it (RFC 9111, RFC 5861)."""
    fresh, stale = (int(one.total_seconds()) for one in (freshness.fresh, freshness.stale))
    return {
        "Age": str(int(freshness.age.total_seconds())),
        "Cache-Control": f"private, max-age={fresh}, stale-if-error={max(stale - fresh, 0)}",
        "Vary": VARY,
    }

"""What a new checkout is about: a package priced now, or a stored quote as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from unshackled.domain.codec import encode
from unshackled.domain.package import Selection
from unshackled.domain.pricing import Priced
from unshackled.domain.records import Record
from unshackled.domain.selection import IMEI_EXAMPLE
from unshackled.domain.stored_quote import IMEI_PATH, StoredQuote, changes
from unshackled.domain.validation import is_imei
from unshackled.flow.language.spec import Retailer
from unshackled.http.auth.credentials import Caller
from unshackled.http.checkouts.checkout_schemas import CreateCheckout
from unshackled.http.checkouts.prices import priced
from unshackled.http.checkouts.quote_service import again, read_quote
from unshackled.http.problems import Problem, field_error
from unshackled.http.services import Services
from unshackled.messages import say
from unshackled.steps import FieldError

WRONG: Final = "Some fields are wrong."
REQUIRED: Final = "Field required"
ONE_OF_TWO: Final = "a stored quote says what is bought: send `package` or `quote_id`"
ONLY_WITH_QUOTE: Final = "goes with a `quote_id`; in a package the number is `trade_in.imei`"
UNKNOWN: Final = (
    "is no quote of this retailer and this mode, or it was deleted: a quote of a test key is none "
    "for a live key"
)
OF_OTHER_FLOW: Final = "the quote was made for another flow: leave `flow` out, or ask for a quote"
NO_OLD_DEVICE: Final = "the quote takes no old device"
ASK_FOR_IMEI: Final = "the quote takes an old device, and no quote has its number: ask for it"


class Offer(Record):
    """A flow's name, and what is bought in it at which price; `quote` is where it comes from."""

    flow: str
    selection: Selection
    priced: Priced | None = None
    quote: str | None = None


async def offer_of(
    services: Services, caller: Caller, retailer: Retailer, body: CreateCheckout, locale: str
) -> Offer:
    """What a body asks for; `priced` of a stored quote only: a package has to be priced yet."""
    if body.quote_id is None:
        return _of_package(body)
    if body.package is not None:
        raise _refused("package", "quote_and_package", ONE_OF_TWO)
    stored = await read_quote(services, caller.account, body.quote_id)
    if stored is None:
        raise _refused("quote_id", "unknown_quote", UNKNOWN)
    if stored.quote.expired(services.clock.now()) or stored.quote.currency != retailer.currency:
        raise await _expired(services, caller, retailer, stored, locale)
    flow = _flow(body, stored)
    imei = _imei(body, stored, locale)
    bought = Priced(package=stored.bought(imei), quote=stored.quote)
    return Offer(flow=flow, selection=stored.picked(imei), priced=bought, quote=stored.id)


def _of_package(body: CreateCheckout) -> Offer:
    """A flow and a package, both of which must be there."""
    if body.flow is not None and body.package is not None and body.trade_in is None:
        return Offer(flow=body.flow, selection=body.package)
    needed = {"flow": body.flow, "package": body.package}
    found = [_error(name, "missing", REQUIRED) for name in needed if needed[name] is None]
    if body.trade_in is not None:
        found.append(_error("trade_in", "quote_needed", ONLY_WITH_QUOTE))
    raise Problem("invalid_input", WRONG, errors=found)


def _flow(body: CreateCheckout, stored: StoredQuote) -> str:
    """The flow of the quote, unless it is a price only and the body names one."""
    flow = body.flow or stored.flow
    if flow is None:
        raise _refused("flow", "missing", REQUIRED)
    if stored.flow not in (None, flow):
        raise _refused("flow", "flow_of_other_quote", OF_OTHER_FLOW, (str(stored.flow),))
    return flow


def _imei(body: CreateCheckout, stored: StoredQuote, locale: str) -> str | None:
    """The number of the old device, where the quote takes one."""
    imei = body.trade_in.imei if body.trade_in is not None else None
    if not stored.missing:
        if imei is not None:
            raise _refused("trade_in", "no_trade_in", NO_OLD_DEVICE)
        return None
    if imei is None:
        raise _refused(IMEI_PATH, "missing", ASK_FOR_IMEI)
    if not is_imei(imei):
        says = say(locale, "invalid_imei", {"example": IMEI_EXAMPLE})
        raise _refused(IMEI_PATH, "invalid_imei", says)
    return imei


async def _expired(
    services: Services, caller: Caller, retailer: Retailer, stored: StoredQuote, locale: str
) -> Problem:
    """That it does not count any more, how to ask again, and what costs otherwise now."""
    more: dict[str, Any] = {"quote": stored.id, "again": again(stored)}
    errors: tuple[Mapping[str, Any], ...] = ()
    try:
        found = await priced(
            services, retailer, stored.to_price(), livemode=caller.livemode, locale=locale
        )
        more["changes"] = [encode(one) for one in changes(stored.quote, found.quote)]
    except Problem as problem:
        errors = problem.errors  # of a catalogue that is away there are none
    end = stored.quote.valid_until.isoformat()
    detail = f"The quote in {stored.quote.currency} was valid until {end} at the latest."
    return Problem("quote_expired", detail, errors=errors, **more)


def _refused(path: str, code: str, says: str, allowed: tuple[str, ...] = ()) -> Problem:
    return Problem("invalid_input", WRONG, errors=[_error(path, code, says, allowed)])


def _error(path: str, code: str, says: str, allowed: tuple[str, ...] = ()) -> dict[str, Any]:
    return field_error(FieldError(path=path, code=code, message=says), allowed)

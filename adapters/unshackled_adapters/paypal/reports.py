"""PayPal's Transaction Search: the only place that knows payments by our reference."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from unshackled.sdk import Declined, Outcome, Passed, Pending, Undecided
from unshackled.sdk.answers import read
from unshackled.sdk.oauth import OAuthHttp
from unshackled.sdk.ports import PaymentAuthorised
from unshackled.sdk.texts import word
from unshackled_adapters.paypal.amounts import from_wire
from unshackled_adapters.paypal.mapping import POLL, Wanted

Json = Mapping[str, Any]
# One search spans at most 31 days.
SPAN: Final = timedelta(days=31)
PAGE: Final = 500
PAGES: Final = 20
# How the event codes of payments and of authorizations begin.
PAYMENT: Final = "T00"
AUTHORIZATION: Final = "T13"


async def find(http: OAuthHttp, reference: str, *, hold: bool) -> Json | None:
    """The transaction of a payment or a hold by our reference; it may be three hours behind."""
    now, begins = http.http.clock.now(), AUTHORIZATION if hold else PAYMENT
    params: dict[str, str | int] = {
        "start_date": (now - SPAN).isoformat(timespec="seconds"),
        "end_date": now.isoformat(timespec="seconds"),
        "fields": "transaction_info",
        "page_size": PAGE,
    }
    for page in range(1, PAGES + 1):
        asked = {**params, "page": page}
        answer = await http.request("GET", "/v1/reporting/transactions", params=asked)
        rows, pages = read(answer, _page)
        for row in rows:
            code = str(row.get("transaction_event_code", ""))
            if row.get("custom_field") == reference and code.startswith(begins):
                return row
        if page >= pages:
            return None
    provider = http.http.provider
    raise Undecided(f"{provider}: too many transactions to look through", provider=provider)


def outcome(row: Json, wanted: Wanted) -> Outcome[Any]:
    """What a transaction came to; one that was given back counts as declined."""
    status = row["transaction_status"]
    if status == "P":
        return Pending(poll_after=POLL)
    if status != "S":
        return Declined(code="declined" if wanted is PaymentAuthorised else "card_declined")
    amount, currency = from_wire(row["transaction_amount"])
    number = word(row["transaction_id"])
    return Passed(output=wanted(payment=number, amount=amount, currency=currency))


def _page(data: Json) -> tuple[list[Json], int]:
    if "transaction_details" not in data and data["total_items"] != 0:
        raise ValueError("transaction_details")
    rows = [one["transaction_info"] for one in data.get("transaction_details") or ()]
    return rows, int(data.get("total_pages", 1))

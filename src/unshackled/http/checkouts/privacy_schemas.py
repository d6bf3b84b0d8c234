"""What answers about a customer's data look like."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from unshackled.http.checkouts.checkout_schemas import Body
from unshackled.http.described import Described
from unshackled.store.lookups import KINDS


class RetentionDuty(Described):
    """Why personal data may not be erased yet."""

    reason: Literal["checkout_open", "checkout_unsettled", "contract_term", "legal_retention"]
    until: datetime | None = Field(description="Null where it ends with what somebody does.")
    basis: str | None = Field(default=None, description="The law that asks for it.")


class AskErasure(Body):
    """Why the data is to be erased: a ground of GDPR, Article 17(1)."""

    reason: Literal["requested", "consent_withdrawn", "no_longer_needed", "unlawful"] = "requested"


class Erasure(Described):
    """What was erased of a checkout."""

    checkout: str
    erased_at: datetime
    by: Literal["retailer", "operator", "clock"]
    reason: str
    whole: bool = Field(description="Whether nothing personal is left.")
    steps: list[str] = Field(description="Of a part: the steps whose data is gone.")
    duties: list[RetentionDuty] = Field(description="What keeps the rest, and until when.")


class PersonSearch(Body):
    """Whose checkouts: at least one of these, and all that are named must fit.

    They are compared in one form: letters of e-mail addresses in any case, phone numbers with or
    without the country's code.
    """

    email: Annotated[str, Field(min_length=3, max_length=254)] | None = None
    phone: Annotated[str, Field(min_length=4, max_length=40)] | None = None
    imei: Annotated[str, Field(min_length=14, max_length=24)] | None = None
    customer_ref: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    order: Annotated[str, Field(min_length=1, max_length=128)] | None = None

    @property
    def terms(self) -> dict[str, str]:
        """What was named, by kind."""
        named = {kind: getattr(self, kind) for kind in KINDS}
        return {kind: value for kind, value in named.items() if value is not None}


class SearchCheckouts(PersonSearch):
    """Whose checkouts, and which page of them."""

    cursor: Annotated[str, Field(max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 25


PRIVACY_ANSWERS: tuple[type[BaseModel], ...] = (Erasure,)
PRIVACY_REQUESTS: tuple[type[BaseModel], ...] = (AskErasure, SearchCheckouts)

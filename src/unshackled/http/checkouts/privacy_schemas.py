"""What answers about a customer's data look like."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from unshackled.http.checkouts.checkout_schemas import Body
from unshackled.http.described import Described
from unshackled.store.lookups import KINDS


class RetentionDuty(Described):
    """Why personal data may not be erased yet."""

    reason: Literal[
        "checkout_open", "checkout_unsettled", "case_open", "contract_term", "legal_retention"
    ]
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


class ExportedCategory(Described):
    """Data of one kind: what it is for, where it is from, who was given it, how long it is kept."""

    category: str = Field(description="`purchase`, or what the step is about, e.g. `contact`.")
    step: str | None
    case: str | None = Field(default=None, description="The case that it is of, e.g. `refund-1`.")
    purposes: list[Literal["purchase", "contract_term", "legal_retention"]]
    source: str = Field(description="`customer`, `retailer`, or the provider that answered.")
    recipients: list[str] = Field(description="The providers that were given it.")
    kept_until: datetime | None = Field(description="Null while the checkout is open.")
    data: Any


class ExportLink(Described):
    """Where there is more."""

    rel: Literal["documents", "events"]
    href: str


class SubjectExport(Described):
    """All that is stored about a person in one checkout."""

    format: Literal["subject-access.v1"]
    written_at: datetime
    checkout: str
    retailer: str
    livemode: bool
    flow: str
    status: str
    settled: bool
    created_at: datetime
    updated_at: datetime
    locale: str
    order: str | None
    erased_at: datetime | None
    categories: list[ExportedCategory]
    links: list[ExportLink]


class SubjectExportPage(Described):
    """The checkouts of a person, newest first."""

    items: list[SubjectExport]
    next_cursor: str | None


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


class SubjectAccess(PersonSearch):
    """Who asks what is stored about them, and which page of it."""

    cursor: Annotated[str, Field(max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=20)] = 10


class SearchCheckouts(PersonSearch):
    """Whose checkouts, and which page of them."""

    cursor: Annotated[str, Field(max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 25


PRIVACY_ANSWERS: tuple[type[BaseModel], ...] = (Erasure, SubjectExport, SubjectExportPage)
PRIVACY_REQUESTS: tuple[type[BaseModel], ...] = (AskErasure, SearchCheckouts, SubjectAccess)

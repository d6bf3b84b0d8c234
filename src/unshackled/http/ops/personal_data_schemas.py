"""What operators ask and read of people: ids and times, and of an export all there is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from unshackled.flow.engine.status import Status
from unshackled.http.checkouts.privacy_schemas import PersonSearch, RetentionDuty
from unshackled.http.described import Described
from unshackled.http.ops.ops_schemas import Evidence, Reason

RetailerId = Annotated[str, Field(min_length=1, max_length=64, description="The retailer's id.")]
Mode = Annotated[bool, Field(description="False: those that were begun with a test key.")]


class FindPerson(PersonSearch):
    """Whose checkouts, at which retailer, and which page of them."""

    retailer: RetailerId
    livemode: Mode = True
    cursor: Annotated[str, Field(max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 25


class ErasePerson(PersonSearch):
    """Whose data to erase: of one checkout, or of all that a search finds."""

    retailer: RetailerId
    livemode: Mode = True
    checkout: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    reason: Reason
    evidence: Evidence = None


class PersonCheckout(Described):
    """One of a person's checkouts, with nothing personal."""

    checkout: str
    retailer: str
    livemode: bool
    flow: str
    status: Status
    created_at: datetime
    updated_at: datetime


class PersonCheckouts(Described):
    """A page of them, newest first."""

    items: list[PersonCheckout]
    next_cursor: str | None


class ErasureItem(Described):
    """What came of one checkout; `duties` say what keeps a part, or all of it."""

    checkout: str
    outcome: Literal["erased", "needed", "refused", "failed"]
    code: str
    duties: list[RetentionDuty]


class ErasurePage(Described):
    """What was erased."""

    items: list[ErasureItem]
    more: bool = Field(description="More were found than one request erases: send it again.")


PEOPLE_ANSWERS: Final[tuple[type[BaseModel], ...]] = (PersonCheckouts, ErasurePage)
PEOPLE_REQUESTS: Final[tuple[type[BaseModel], ...]] = (FindPerson, ErasePerson)

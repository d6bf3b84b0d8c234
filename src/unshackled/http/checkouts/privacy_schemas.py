"""What answers about a customer's data look like."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from unshackled.http.checkouts.checkout_schemas import Body
from unshackled.http.described import Described


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


PRIVACY_ANSWERS: tuple[type[BaseModel], ...] = (Erasure,)
PRIVACY_REQUESTS: tuple[type[BaseModel], ...] = (AskErasure,)

"""Settings of the Divido adapter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """How to reach the platform, and what it does for this retailer."""

    api_key: SecretStr = Field(description="The merchant's key, sent as `X-DIVIDO-API-KEY`.")
    shared_secret: SecretStr = Field(
        description="Signs applications and webhooks, as set in the merchant portal.",
        examples=["demo-only-divido-shared-secret"],
    )
    plans: Mapping[str, str] = Field(
        default_factory=dict,
        description="The platform's finance plan for each of our plan codes; else the same text.",
    )
    complete_at: Literal["READY", "SIGNED"] = Field(
        default="READY", description="The status at which the customer has done their part."
    )
    takes_deposit: bool = Field(
        default=False,
        description="Whether the platform takes the deposit; then no step of ours may.",
    )
    search_back: timedelta = Field(
        default=timedelta(days=3), description="How old an application is searched for at most."
    )
    poll_after: timedelta = Field(
        default=timedelta(minutes=30), description="When to ask again about a referred application."
    )

"""Settings of the LineDesk adapter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from unshackled import sdk
from unshackled.sdk import Field, SecretStr, field_validator


class Settings(sdk.Settings):
    """Where LineDesk is, who we are there, and how often it is asked."""

    user: str = Field(default="checkout", description="User of the web service.")
    password: SecretStr = Field(description="Password of that user; only its digest is sent.")
    channel: str = Field(default="WEB", description="Sales channel that orders are booked on.")
    tariff_codes: Mapping[str, str] = Field(
        default_factory=dict,
        description="LineDesk's code of a tariff by our SKU; one without is sent as it is.",
    )
    time_zone: str = Field(
        default="Europe/London", description="Zone of the times that LineDesk writes without one."
    )
    poll_after: timedelta = Field(
        default=timedelta(seconds=20), description="When to ask again about an order, at the least."
    )
    longest_wait: timedelta = Field(
        default=timedelta(hours=1), description="When to ask again about an order, at the most."
    )

    longest_work: timedelta = Field(
        default=timedelta(minutes=2),
        description="How long a worker may still be busy with a message that nobody waits for.",
    )

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("no such time zone on this machine") from None
        return name

"""Settings of the telco adapter."""

from __future__ import annotations

from datetime import timedelta

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """How to reach the telco."""

    api_key: SecretStr = Field(description="Key sent as a bearer token.")
    channel: str = Field(default="retail", description="Sales channel whose offerings are sold.")
    poll_after: timedelta = Field(
        default=timedelta(seconds=10), description="When to ask again about a line in activation."
    )
    port_poll_after: timedelta = Field(
        default=timedelta(hours=1), description="When to ask again about a number on its way."
    )

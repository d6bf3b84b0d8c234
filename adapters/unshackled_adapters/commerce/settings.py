"""Settings of the commerce adapter."""

from __future__ import annotations

from datetime import timedelta

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """Where the commerce platform is and our key there."""

    api_key: SecretStr = Field(description="Key sent as a bearer token.")
    callback_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Secret that signs notices of dispatch; without it they are not asked for.",
    )
    poll_after: timedelta = Field(
        default=timedelta(minutes=30), description="When to ask again whether an order left."
    )
    channel: str = Field(default="checkout", description="Sales channel the orders belong to.")

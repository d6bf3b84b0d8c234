"""Settings of the lender adapter."""

from __future__ import annotations

from datetime import timedelta

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """How to reach the lender, and which lender of the panel is asked."""

    api_key: SecretStr = Field(description="Key sent as a bearer token.")
    callback_secret: SecretStr = Field(description="Secret that signs the lender's callbacks.")
    lender: str = Field(default="prime", description="Which lender of the panel is asked.")
    poll_after: timedelta = Field(
        default=timedelta(seconds=30), description="When to ask again about a referred application."
    )

"""Settings of the identity adapter."""

from __future__ import annotations

from datetime import timedelta

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """How to reach the identity service."""

    api_key: SecretStr = Field(description="Key sent as a bearer token.")
    callback_secret: SecretStr = Field(description="Secret that signs the service's callbacks.")
    profile: str = Field(default="standard", description="Which set of checks is run.")
    poll_after: timedelta = Field(
        default=timedelta(seconds=15), description="When to ask again about a check in progress."
    )

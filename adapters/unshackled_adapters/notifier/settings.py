"""Settings of the message adapter."""

from __future__ import annotations

from typing import Literal

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """How to reach the message sender."""

    api_key: SecretStr = Field(description="Key sent as a bearer token.")
    sender: str = Field(default="Unshackled", description="Whom the message comes from.")
    channel: Literal["email", "sms"] = Field(
        default="email", description="How the customer is told."
    )

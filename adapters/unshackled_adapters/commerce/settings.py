"""Settings of the commerce adapter."""

from __future__ import annotations

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """Where the commerce platform is and our key there."""

    api_key: SecretStr = Field(description="Key sent as a bearer token.")
    channel: str = Field(default="checkout", description="Sales channel the orders belong to.")

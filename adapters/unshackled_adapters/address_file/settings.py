"""Settings of the address file adapter."""

from __future__ import annotations

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """Where the address file is and our key there."""

    api_key: SecretStr = Field(description="Key sent as a bearer token.")

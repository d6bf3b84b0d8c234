"""Settings of the carrier adapter."""

from __future__ import annotations

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """Where the carrier is, our key there, and from which depot we send."""

    api_key: SecretStr = Field(description="Key sent as a bearer token.")
    depot: str = Field(default="LHR", description="The carrier's depot that collects from us.")

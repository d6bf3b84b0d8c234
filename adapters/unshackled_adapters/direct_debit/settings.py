"""Settings of the Direct Debit adapter."""

from __future__ import annotations

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """How to reach the bureau, and on whose behalf."""

    api_key: SecretStr = Field(description="Key sent as a bearer token.")
    service_user: str = Field(
        default="000000",
        pattern=r"^[0-9]{6}$",
        description="The retailer's Bacs service user number.",
    )
    prefix: str = Field(
        default="UN",
        pattern=r"^[A-CE-Z][A-Z0-9]{0,3}$",
        description="What every mandate reference begins with; not D, for DDIC is reserved.",
    )

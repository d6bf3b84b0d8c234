"""Settings of the signature adapter."""

from __future__ import annotations

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """How to reach the signature service."""

    api_key: SecretStr = Field(description="Key sent as a bearer token.")
    callback_secret: SecretStr = Field(description="Secret that signs the service's callbacks.")
    heading: str = Field(
        default="Fixed Sum Loan Agreement regulated by the Consumer Credit Act 1974",
        description="Heading of the document that is signed (SI 2010/1014).",
    )

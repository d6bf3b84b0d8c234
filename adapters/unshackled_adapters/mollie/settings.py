"""How to reach Mollie."""

from __future__ import annotations

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """A retailer's account at Mollie; live or test is a matter of the key."""

    api_key: SecretStr = Field(description="API key of a website profile, `live_…` or `test_…`.")
    search_pages: int = Field(
        default=20,
        ge=1,
        le=200,
        description="How many pages of 250 payments are read to find one whose answer was lost.",
    )

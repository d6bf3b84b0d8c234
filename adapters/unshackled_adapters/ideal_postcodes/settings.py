"""Settings of the Ideal Postcodes adapter."""

from __future__ import annotations

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """Where Ideal Postcodes is and the retailer's key there."""

    base_url: str = Field(
        default="https://api.ideal-postcodes.co.uk",
        description="Where the API is, without the version and without a trailing slash.",
    )
    api_key: SecretStr = Field(description="The retailer's key, `ak_…`.", examples=["ak_demo_only"])
    pages: int = Field(
        default=10,
        ge=1,
        le=100,
        description="How many pages of 100 premises are read of one postcode at most.",
    )

"""Settings of the recycler adapter."""

from __future__ import annotations

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """Where the recycler is and our key there."""

    api_key: SecretStr = Field(description="Key sent as a bearer token.")
    programme: str = Field(
        default="checkout", description="Trade-in programme whose prices are used."
    )

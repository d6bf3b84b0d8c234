"""Settings of the ShopServer adapter."""

from __future__ import annotations

from datetime import timedelta

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """Where ShopServer is and who we are there."""

    user: str = Field(default="web", description="User of the web service.")
    password: SecretStr = Field(description="Password of that user.")
    poll_after: timedelta = Field(
        default=timedelta(minutes=30), description="When to ask again whether an order left."
    )
    shop: str = Field(default="001", description="Number of the shop whose stock is used.")

"""Settings of the TrueMatch adapter."""

from __future__ import annotations

from datetime import timedelta

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """Where the bureau is, who we are there, and what we buy."""

    member: str = Field(default="0000", description="Our member number at the bureau.")
    password: SecretStr = Field(description="Password of the member.")
    product: str = Field(default="ID2", description="The bureau's product, e.g. ID2 for standard.")
    poll_after: timedelta = Field(
        default=timedelta(seconds=30), description="When to ask again about a referred check."
    )

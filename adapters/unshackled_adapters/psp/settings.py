"""Settings of the payment adapter."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from unshackled import sdk
from unshackled.sdk import Field, SecretStr

# When to ask again about a refund that is under way; a webhook tells it earlier.
POLL_AFTER: Final = timedelta(minutes=30)


class Settings(sdk.Settings):
    """How to reach the payment provider."""

    api_key: SecretStr = Field(description="Key sent as a bearer token.")
    webhook_secret: SecretStr = Field(description="Secret that signs the provider's webhooks.")
    statement: str = Field(
        default="UNSHACKLED", max_length=22, description="What the card statement says."
    )

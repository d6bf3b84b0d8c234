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
    card_form_url: str = Field(
        default="",
        description="The provider's page with the fields of a card, for a frame; `/card-form` at"
        " `base_url` where it is not said.",
    )
    statement: str = Field(
        default="UNSHACKLED", max_length=22, description="What the card statement says."
    )


def card_form(settings: Settings) -> str:
    """The page whose frame asks for a card and tells its token."""
    return settings.card_form_url or f"{settings.base_url}/card-form"

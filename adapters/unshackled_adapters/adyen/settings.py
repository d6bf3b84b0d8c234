"""Settings of the Adyen adapter."""

from __future__ import annotations

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """How to reach Adyen, and how to know its webhooks.

    `base_url` ends before the version: `https://checkout-test.adyen.com`, or live
    `https://<prefix>-checkout-live.adyenpayments.com/checkout`.
    """

    api_key: SecretStr = Field(description="API key, sent as X-API-Key.")
    merchant_account: str = Field(description="Merchant account that takes the money.")
    hmac_key: SecretStr = Field(description="Hexadecimal key that signs the standard webhook.")
    previous_hmac_key: SecretStr = Field(
        default=SecretStr(""), description="The key before, while webhooks signed with it arrive."
    )
    webhook_user: str = Field(
        default="", description="User of the webhook's basic authentication; empty: none is asked."
    )
    webhook_password: SecretStr = Field(
        default=SecretStr(""), description="Password of the webhook's basic authentication."
    )
    capture_delay_hours: int = Field(
        default=1,
        ge=0,
        le=672,
        description="Hours until Adyen captures a charge; till then our reference cancels it.",
    )
    statement: str = Field(
        default="", max_length=22, description="What the card statement says; empty: their default."
    )

"""Settings of the PayPal adapter."""

from __future__ import annotations

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """How to reach PayPal, and how to know its webhooks.

    `base_url` is `https://api-m.paypal.com`, or for trying `https://api-m.sandbox.paypal.com`.
    """

    client_id: str = Field(description="Client id of the REST app.")
    client_secret: SecretStr = Field(description="Secret of the REST app.")
    webhook_id: str = Field(
        description="Id of the webhook, which PayPal's check of it needs.",
        examples=["STANDINWEBHOOK"],
    )
    brand: str = Field(
        default="",
        max_length=127,
        description="Name on PayPal's page; empty: that of the PayPal account.",
    )

"""Settings of the Worldpay WPG adapter."""

from __future__ import annotations

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """How to reach WPG: `https://secure.worldpay.com`, or `https://secure-test.worldpay.com`."""

    merchant_code: str = Field(description="Merchant code, in capitals.")
    username: str = Field(description="User of the XML interface, for basic authentication.")
    password: SecretStr = Field(description="Password of the XML interface.")
    installation_id: str = Field(
        default="",
        description="Installation of the hosted payment pages; empty: they are not used.",
    )
    shopper_tokens: bool = Field(
        default=True, description="Whether tokens are a shopper's own; else the merchant's."
    )
    description: str = Field(
        default="Order", max_length=50, description="What the customer reads on the payment page."
    )
    statement: str = Field(
        default="", max_length=50, description="What the card statement says; empty: their default."
    )

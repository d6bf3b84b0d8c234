"""Settings of the GoCardless adapter."""

from __future__ import annotations

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """The retailer's account at GoCardless."""

    base_url: str = Field(
        default="https://api.gocardless.com",
        description="Where the API is; the sandbox is https://api-sandbox.gocardless.com.",
    )
    access_token: SecretStr = Field(description="A read-write access token of the account.")
    webhook_secret: SecretStr = Field(
        description="Secret of the webhook endpoint that is set up in their dashboard."
    )
    description: str = Field(
        default="Your monthly payments",
        max_length=100,
        description="What the customer sees on their page beside the mandate.",
    )
    creditor: str | None = Field(
        default=None,
        pattern=r"^CR[0-9A-Z]+$",
        description="The creditor to collect for; needed where the account has several.",
    )

"""Settings of the Stripe adapter."""

from __future__ import annotations

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """How to reach Stripe, and how to know its webhooks. `base_url`: `https://api.stripe.com`."""

    api_key: SecretStr = Field(description="Secret or restricted key, sk_… or rk_….")
    webhook_secret: SecretStr = Field(description="Signing secret of the webhook, whsec_….")
    account: str = Field(
        default="",
        pattern=r"^(acct_[A-Za-z0-9]+)?$",
        description="Connected account that is acted for; empty: the key's own.",
    )
    statement: str = Field(
        default="",
        max_length=22,
        description="Put behind the account's name on the card statement; empty: nothing.",
    )

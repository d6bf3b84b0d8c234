"""Settings of the Klarna adapter."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """How to reach Klarna's region, and what customers are offered there."""

    username: str = Field(description="Name of the API key, as Klarna's portal says.")
    password: SecretStr = Field(description="The API key's password; both go as HTTP basic auth.")
    callback_secret: SecretStr = Field(
        description="Our own secret, which makes the token in each callback's address."
    )
    category: Literal["pay_over_time", "pay_later", "klarna"] = Field(
        default="pay_over_time", description="Klarna's payment method category that is offered."
    )
    poll_after: timedelta = Field(
        default=timedelta(minutes=10), description="When to ask again about an order under review."
    )

"""Settings of the lender adapter."""

from __future__ import annotations

from datetime import timedelta

from unshackled import sdk
from unshackled.sdk import Field, SecretStr
from unshackled.sdk.ports import PaymentRules


class Settings(sdk.Settings):
    """How to reach the lender, and which lender of the panel is asked."""

    api_key: SecretStr = Field(description="Key sent as a bearer token.")
    callback_secret: SecretStr = Field(description="Secret that signs the lender's callbacks.")
    lender: str = Field(default="prime", description="Which lender of the panel is asked.")
    poll_after: timedelta = Field(
        default=timedelta(seconds=30), description="When to ask again about a referred application."
    )
    first_payment: PaymentRules | None = Field(
        default=None,
        description="When a customer may begin to pay back, where the lender's quotations do not"
        " say so: `earliest_days` and `latest_days` after the agreement, `days_of_month` (any where"
        " there are none), `default_days` (a month where there are none), `shift` (`next`,"
        " `previous`, `next_in_month` or `none`: what becomes of a day that is no working day) and"
        " `notice_working_days`. Without it the customer chooses no date.",
    )

"""Settings of the Twilio adapter."""

from __future__ import annotations

from typing import Annotated, Final

from unshackled import sdk
from unshackled.sdk import Field, SecretStr
from unshackled.sdk.message_values import BLANKS

# A text with its blanks, or the SID of a template that Twilio keeps.
Text = Annotated[str, Field(min_length=1, max_length=1600, pattern=BLANKS)]
TEXTS: Final[dict[str, dict[str, str]]] = {
    "order_confirmation": {
        "*": "Thank you, {given_name}. Your order {order} is confirmed.",
        "de": "Vielen Dank, {given_name}. Ihre Bestellung {order} ist bestätigt.",
    },
    "order_cancelled": {
        "*": "Hello {given_name}. Your order has been cancelled.",
        "de": "Guten Tag {given_name}. Ihre Bestellung wurde storniert.",
    },
    "credit_referred": {
        "*": "Hello {given_name}. Your credit application is being looked at.",
        "de": "Guten Tag {given_name}. Wir sehen uns Ihren Kreditantrag an.",
    },
    "direct_debit_advance_notice": {
        "*": "Hello {given_name}. On {first_payment_date} we collect {first_payment_amount} by"
        " Direct Debit, the first of {payments_count} monthly payments. Reference {mandate}.",
        "de": "Guten Tag {given_name}. Am {first_payment_date} ziehen wir {first_payment_amount}"
        " per Lastschrift ein, die erste von {payments_count} monatlichen Zahlungen. Referenz"
        " {mandate}.",
    },
}


class Settings(sdk.Settings):
    """How to reach Twilio: `base_url` is `https://api.twilio.com`, or a region's."""

    account_sid: str = Field(description="The account or subaccount that sends, AC….")
    api_key_sid: str = Field(description="The API key's name, SK…, or the account's, AC….")
    api_key_secret: SecretStr = Field(description="The API key's secret.")
    auth_token: SecretStr = Field(
        description="The account's auth token: it signs callbacks.",
        examples=["demo-only-twilio-auth-token"],
    )
    sender: str = Field(
        description="A number of the account (E.164), an alphanumeric name, or a service MG…."
    )
    templates: dict[str, dict[str, Text]] = Field(
        default=TEXTS,
        description="Text by template and locale (en-GB, en or *), or a content template HX….",
    )
    max_segments: int = Field(
        default=6, ge=1, le=10, description="Longer texts are refused: each segment is paid for."
    )
    status_callbacks: bool = Field(
        default=True, description="Have Twilio report what becomes of a message."
    )

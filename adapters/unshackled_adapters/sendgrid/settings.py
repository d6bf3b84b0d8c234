"""Settings of the SendGrid adapter."""

from __future__ import annotations

from typing import Annotated, Final

from unshackled import sdk
from unshackled.sdk import Field, SecretStr
from unshackled.sdk.message_values import BLANKS

# A letter with its blanks, its first line the subject; or the id of a dynamic template.
Letter = Annotated[str, Field(min_length=1, max_length=20_000, pattern=BLANKS)]
LETTERS: Final[dict[str, dict[str, str]]] = {
    "order_confirmation": {
        "*": "Your order {order}\n\nHello {given_name},\n\nthank you. Your order is confirmed.\n",
        "de": "Ihre Bestellung {order}\n\nGuten Tag {given_name},\n\n"
        "vielen Dank. Ihre Bestellung ist bestätigt.\n",
    },
    "order_cancelled": {
        "*": "Your order has been cancelled\n\nHello {given_name},\n\nnothing will be taken.\n",
        "de": "Ihre Bestellung wurde storniert\n\nGuten Tag {given_name},\n\n"
        "es wird nichts abgebucht.\n",
    },
    "credit_referred": {
        "*": "Your credit application\n\nHello {given_name},\n\nwe are looking at it.\n",
        "de": "Ihr Kreditantrag\n\nGuten Tag {given_name},\n\nwir sehen ihn uns an.\n",
    },
    "direct_debit_advance_notice": {
        "*": "Your Direct Debit {mandate}\n\nHello {given_name},\n\n"
        "we will collect by Direct Debit, under the reference {mandate}:\n\n{payments}\n",
        "de": "Ihre Lastschrift {mandate}\n\nGuten Tag {given_name},\n\n"
        "wir ziehen per Lastschrift ein, unter der Referenz {mandate}:\n\n{payments}\n",
    },
}

# The public key of the stand-in.
VERIFIER: Final = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEoerlx6bEXtvjouA+aX4ZHJOGas"
    "CSELYIixhFK5Vt+/BYrEWowOfE1WzHno113yLEJRm8tAxGyVoolG/5rMMRrA=="
)


class Settings(sdk.Settings):
    """How to reach SendGrid: `base_url` is `https://api.sendgrid.com`, or the EU's host."""

    api_key: SecretStr = Field(description="An API key with the permission to send mail.")
    sender: str = Field(
        description="A verified sender's address.", examples=["orders@northstar.example"]
    )
    sender_name: str | None = Field(default=None, description="The sender's name in the letter.")
    templates: dict[str, dict[str, Letter]] = Field(
        default=LETTERS,
        description="Letter by template and locale (en-GB, en or *), or a dynamic template d-….",
    )
    events: bool = Field(
        default=True, description="Mark letters, so that SendGrid's events end a doubt."
    )
    webhook_verifier: str = Field(
        default="",
        description="The public key that SendGrid shows for its signed event webhook.",
        examples=[VERIFIER],
    )

"""What an agreement says, in the language of who signs it."""

from __future__ import annotations

from unshackled.ports import all_operations
from unshackled.sdk import Call, SecretStr
from unshackled.sdk.ports import SignAgreement
from unshackled.sdk.words import terms
from unshackled.testing.samples import request_for
from unshackled_adapters.dropbox_sign import mapping as dropbox_sign
from unshackled_adapters.dropbox_sign.settings import Settings
from unshackled_adapters.signer import mapping as signer

REQUEST: SignAgreement = request_for(all_operations()["agreement.sign"])


def call(locale: str) -> Call:
    """A call for a customer of this locale."""
    return Call(
        reference="REFERENCE",
        checkout="chk_sample",
        currency="GBP",
        locale=locale,
        callback_url="https://checkout.example/callback",
        return_url="https://checkout.example/return",
    )


def test_terms_are_written_as_the_customer_writes_them() -> None:
    """The same amounts, other words and signs."""
    english, german = terms(REQUEST, "en-GB"), terms(REQUEST, "de-DE")
    assert english.duration == ("Duration", "24 months")
    assert german.duration == ("Laufzeit", "24 Monate")
    assert english.amount[1].startswith("£")
    assert german.amount[1].endswith("\xa0£")


def test_who_signs_in_german_reads_german_terms() -> None:
    """At each signing service: no English word among the terms."""
    told = signer.envelope(REQUEST, call("de-DE"), "Kreditvertrag")["document"]["lines"]
    assert [label for label, _ in told] == [
        "Kreditbetrag",
        "Laufzeit",
        "Eff. Jahreszins",
        "Zu zahlender Gesamtbetrag",
    ]
    key = SecretStr("demo-only-key")
    settings = Settings(api_key=key, callback_key=key, template_id="t")
    fields = dropbox_sign.request(REQUEST, call("de-DE"), settings)["custom_fields"]
    assert {"name": "duration", "value": "24 Monate"} in fields

"""The advance notice of a Direct Debit, as each sender writes it: what, when, which reference."""

from __future__ import annotations

import json
from typing import Any

import pytest

from unshackled.domain.records import replace
from unshackled.ports import all_operations
from unshackled.sdk import Call, Refused
from unshackled.sdk.ports import SendNotification
from unshackled.testing.samples import request_for
from unshackled_adapters.notifier import mapping as notifier
from unshackled_adapters.sendgrid import Settings as LetterSettings
from unshackled_adapters.sendgrid import mapping as sendgrid
from unshackled_adapters.twilio import Settings as TextSettings
from unshackled_adapters.twilio import mapping as twilio

TEMPLATE = "direct_debit_advance_notice"
CONTENT = "HX" + "0" * 32
CALL = Call(
    reference="A" * 26,
    checkout="chk_sample",
    currency="GBP",
    locale="en-GB",
    callback_url="https://checkout.example/callbacks",
    return_url="https://checkout.example/returns",
)
GERMAN = replace(CALL, locale="de-DE", currency="EUR")
TEXTS: dict[str, Any] = {
    "base_url": "https://texts.example",
    "account_sid": "AC" + "a" * 32,
    "api_key_sid": "SK" + "b" * 32,
    "api_key_secret": "made-up",
    "auth_token": "made-up",
    "sender": "Northstar",
}
LETTERS = LetterSettings.model_validate(
    {"base_url": "https://letters.example", "api_key": "made-up", "sender": "a@shop.example"}
)


def notice(**changes: Any) -> SendNotification:
    """A notice of the sample's mandate and schedule."""
    made = replace(request_for(all_operations()["notification.send"]), template=TEMPLATE)
    changed: SendNotification = replace(made, **changes)
    return changed


def test_a_text_says_day_amount_and_reference() -> None:
    """The first collection and how many there are, as the locale writes them."""
    form = twilio.message(notice(), CALL, TextSettings.model_validate(TEXTS), "texts")
    assert form["Body"] == (
        "Hello Wilhelmina. On 6 January 2031 we collect £27.88 by Direct Debit, the first of 2"
        " monthly payments. Reference UNSAMPLE0001."
    )


def test_a_content_template_gets_them_as_variables() -> None:
    """3 to 6; templates of other messages have the two that they always had."""
    named = {name: {"*": CONTENT} for name in (TEMPLATE, "order_confirmation")}
    settings = TextSettings.model_validate(TEXTS | {"templates": named})
    told = json.loads(twilio.message(notice(), CALL, settings, "texts")["ContentVariables"])
    assert [told[number] for number in "3456"] == [
        "UNSAMPLE0001",
        "6 January 2031",
        "£27.88",
        "2",
    ]
    other = twilio.message(notice(template="order_confirmation"), CALL, settings, "texts")
    assert set(json.loads(other["ContentVariables"])) == {"1", "2"}


def test_a_letter_lists_every_payment() -> None:
    """Under the reference of the mandate, in the customer's language."""
    letter = sendgrid.letter(notice(), GERMAN, LETTERS, "letters")
    assert letter["subject"] == "Ihre Lastschrift UNSAMPLE0001"
    text = letter["content"][0]["value"]
    assert "6. Januar 2031: 27,88\xa0€\n6. Februar 2031: 27,88\xa0€" in text


def test_values_go_to_a_sender_that_writes_the_text() -> None:
    """Each by its name; what the flow has not is left out."""
    body = notifier.message(notice(), CALL, sender="Northstar", channel="email")
    assert body["values"]["mandate"] == "UNSAMPLE0001"
    assert body["values"]["payments"].splitlines()[1] == "6 February 2031: £27.88"
    assert body["values"]["case_amount"] == "£19.00"
    bare = notifier.message(
        notice(mandate=None, schedule=None, case=None), CALL, sender="Northstar", channel="email"
    )
    assert set(bare["values"]) == {"given_name", "order", "trade_in_news"}


@pytest.mark.parametrize("missing", ["mandate", "schedule"])
def test_a_notice_with_a_gap_is_not_sent(missing: str) -> None:
    """Without reference or days it would be no notice: refused before the wire."""
    gap = notice(**{missing: None})
    with pytest.raises(Refused, match="text_needs_a_schedule"):
        twilio.message(gap, CALL, TextSettings.model_validate(TEXTS), "texts")
    with pytest.raises(Refused, match="letter_needs_a_schedule"):
        sendgrid.letter(gap, CALL, LETTERS, "letters")

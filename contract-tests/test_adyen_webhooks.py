"""Adyen's webhooks are believed as far as they are signed, and its amounts read as it counts."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from unshackled.sdk import BadSignature, Declined, Notice, NotUndone, RawCallback
from unshackled.sdk.ports import PaymentCharged
from unshackled_adapters.adyen import Settings, mapping
from unshackled_adapters.adyen.amounts import from_wire, to_wire
from unshackled_adapters.adyen.books import HMAC_KEY
from unshackled_adapters.adyen.client import callback as receive
from unshackled_adapters.adyen.notices import sign

ACCOUNT = "NorthstarECOM"
SETTINGS = Settings.model_validate(
    {
        "base_url": "https://checkout-test.adyen.com",
        "api_key": "AQEdemo_api_key",
        "merchant_account": ACCOUNT,
        "hmac_key": HMAC_KEY,
        "webhook_user": "demo",
        "webhook_password": "made-up",
    }
)
BASIC = f"Basic {b64encode(b'demo:made-up').decode()}"
OURS, OTHER = "A" * 26, "B" * 26
STANDS = PaymentCharged(payment="STANDINP00000001", amount=6_800, currency="GBP")


def raw(body: bytes, **headers: str) -> RawCallback:
    """A webhook as it arrives."""
    return RawCallback(body=body, headers=headers, received_at=datetime.now(UTC))


def item(event: str, reference: str, **changes: Any) -> Mapping[str, Any]:
    """A signed item of a webhook."""
    fields = {
        "amount": {"value": 6_800, "currency": "GBP"},
        "eventCode": event,
        "eventDate": "2026-11-22T12:00:00+00:00",
        "merchantAccountCode": ACCOUNT,
        "merchantReference": reference,
        "originalReference": "" if event == "AUTHORISATION" else "STANDINP00000001",
        "pspReference": "STANDINP00000002",
        "success": "true",
    } | changes
    return fields | {"additionalData": {"hmacSignature": sign(fields, HMAC_KEY).decode()}}


def wrapped(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item as it lies in a webhook."""
    return {"NotificationRequestItem": item}


class TestWebhooks:
    """Adyen's standard webhook."""

    def test_the_signature_is_theirs(self) -> None:
        """The published example of Adyen's own libraries has this signature."""
        item = {
            "pspReference": "7914073381342284",
            "merchantAccountCode": "TestMerchant",
            "merchantReference": "TestPayment-1407325143704",
            "amount": {"value": 1130, "currency": "EUR"},
            "eventCode": "AUTHORISATION",
            "success": "true",
        }
        key = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
        assert sign(item, key) == b"coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0="

    def told(self, *events: Mapping[str, Any], **settings: Any) -> tuple[Notice, ...]:
        """What a webhook of these items says."""
        body = orjson.dumps({"live": "false", "notificationItems": [wrapped(e) for e in events]})
        known = SETTINGS.model_copy(update=settings)
        return tuple(receive(known, raw(body, authorization=BASIC)))

    def test_several_items_are_several_notices(self) -> None:
        """Each item of a webhook counts, in whatever order they come."""
        told = self.told(item("CAPTURE", OTHER), item("AUTHORISATION", OURS + mapping.HOLD))
        assert [one.reference for one in told] == [OTHER, OURS]
        assert [type(one.outcome.output).__name__ for one in told] == [  # type: ignore[union-attr]
            "PaymentCaptured",
            "PaymentAuthorised",
        ]

    def test_one_forged_item_spoils_the_webhook(self) -> None:
        """Nothing of a webhook counts unless every item is signed."""
        forged = dict(item("AUTHORISATION", OTHER)) | {"success": "false"}
        with pytest.raises(BadSignature):
            self.told(item("AUTHORISATION", OURS), forged)

    @pytest.mark.parametrize(
        ("event", "success", "outcome"),
        [
            ("CAPTURE", "false", Declined(code="declined")),
            ("CAPTURE_FAILED", "true", Declined(code="declined")),
            ("EXPIRE", "true", Declined(code="declined")),
            ("OFFER_CLOSED", "true", Declined(code="declined")),
            ("CANCEL_OR_REFUND", "false", NotUndone(code="refund_failed")),
            ("REFUND_FAILED", "true", NotUndone(code="refund_failed")),
            ("REFUNDED_REVERSED", "true", NotUndone(code="refund_failed")),
            ("CANCEL_OR_REFUND", "true", None),
            ("REFUND", "true", None),
            ("TECHNICAL_CANCEL", "true", None),
            ("TECHNICAL_CANCEL", "false", NotUndone(code="cancel_failed", output=STANDS)),
            ("REPORT_AVAILABLE", "true", None),
        ],
    )
    def test_each_event_means_one_thing(self, event: str, success: str, outcome: object) -> None:
        """Events that say nothing of an effect are taken and leave nothing."""
        told = self.told(item(event, OURS, success=success))
        assert told == ((Notice(reference=OURS, outcome=outcome),) if outcome else ())  # type: ignore[arg-type]

    def test_a_cancel_that_failed_without_a_number_is_for_a_person(self) -> None:
        """That it failed is no proof that the payment stands, and shows no way to reverse it."""
        told = self.told(item("TECHNICAL_CANCEL", OURS, success="false", originalReference=""))
        assert told == (Notice(reference=OURS, outcome=NotUndone(code="cancel_failed")),)

    @pytest.mark.parametrize(
        ("reason", "code"),
        [
            ("NOT_ENOUGH_BALANCE", "insufficient_funds"),
            ("3D Not Authenticated", "authentication_failed"),
            ("something new", "card_declined"),
        ],
    )
    def test_a_reason_becomes_a_code(self, reason: str, code: str) -> None:
        """A refusal's reason is read however it is written; an unknown one is `card_declined`."""
        told = self.told(item("AUTHORISATION", OURS, success="false", reason=reason))
        assert told == (Notice(reference=OURS, outcome=Declined(code=code)),)

    def test_what_is_not_ours_is_taken_and_left(self) -> None:
        """Another account's payments, and another system's, are acknowledged and ignored."""
        assert self.told(item("AUTHORISATION", "INVOICE-1")) == ()
        assert self.told(item("AUTHORISATION", OURS, merchantAccountCode="Other")) == ()

    def test_the_key_before_counts_while_it_is_set(self) -> None:
        """A webhook signed with the previous key is believed until that one is taken away."""
        keys = {"hmac_key": SecretStr("AB" * 32), "previous_hmac_key": SecretStr(HMAC_KEY)}
        assert len(self.told(item("AUTHORISATION", OURS), **keys)) == 1
        with pytest.raises(BadSignature):
            self.told(item("AUTHORISATION", OURS), hmac_key=SecretStr("AB" * 32))

    def test_without_a_user_none_is_asked(self) -> None:
        """Basic authentication is the retailer's choice; the signature is not."""
        open_to_all = SETTINGS.model_copy(update={"webhook_user": ""})
        body = orjson.dumps({"notificationItems": [wrapped(item("AUTHORISATION", OURS))]})
        assert len(receive(open_to_all, raw(body))) == 1

    @pytest.mark.parametrize("body", [b"{", b"[]", b'{"notificationItems": [{}]}'])
    def test_another_shape_is_refused(self, body: bytes) -> None:
        """What is no webhook is not believed."""
        with pytest.raises(BadSignature):
            receive(SETTINGS, raw(body, authorization=BASIC))

    def test_a_key_that_is_no_key_refuses_everything(self) -> None:
        """A key in another notation is said, not guessed at."""
        with pytest.raises(BadSignature, match="hexadecimal"):
            self.told(item("AUTHORISATION", OURS), hmac_key=SecretStr("not hexadecimal"))


class TestMoney:
    """Adyen's minor units are its own for four currencies."""

    @pytest.mark.parametrize(
        ("currency", "ours", "theirs"),
        [
            ("GBP", 6_800, 6_800),
            ("JPY", 6_800, 6_800),
            ("KWD", 6_800, 6_800),
            ("ISK", 68, 6_800),
            ("CLP", 68, 6_800),
            ("IDR", 6_800, 68),
            ("CVE", 6_800, 68),
        ],
    )
    def test_an_amount_goes_there_and_back(self, currency: str, ours: int, theirs: int) -> None:
        """What is sent is counted in their units, and read back into ours."""
        assert to_wire(ours, currency) == {"value": theirs, "currency": currency}
        assert from_wire({"value": theirs, "currency": currency}) == (ours, currency)

    def test_a_fraction_of_our_unit_is_unreadable(self) -> None:
        """Half a króna is no amount of ours."""
        with pytest.raises(ValueError, match="fraction"):
            from_wire({"value": 50, "currency": "ISK"})

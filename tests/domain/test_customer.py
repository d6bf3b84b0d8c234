"""What customers tell us."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from unshackled.domain.codec import decode
from unshackled.domain.customer import PaymentMethod

CARD = "4111111111111111"


@pytest.mark.parametrize(
    "token",
    [
        "pm_1MqLiJLkdIwHu7ixUEgbFdYF",
        "M5N7TQ4TG5PFWR50",
        "8415736344864224",  # an identifier that is no card: its check digit is wrong
        "5O190127TN364715T",
        "adyenjs_0_1_25$aGVsbG8=." + "A" * 4000,
        "paypal",
    ],
)
def test_a_token_is_whatever_its_provider_gives(token: str) -> None:
    """Identifiers, digits that are no card number and encrypted blobs are all taken."""
    assert decode(PaymentMethod, {"token": token}).token == token


@pytest.mark.parametrize(
    "token",
    [
        CARD,
        "4111-1111-1111-1111",
        "3782.822463.10005",
        "6304000000000000",
        "4222222222222",
        "6011000990139424",
    ],
)
def test_a_card_number_is_never_a_token(token: str) -> None:
    """12 to 19 digits that pass Luhn are refused, with or without separators, and not quoted."""
    with pytest.raises(ValidationError, match="a card number is not taken") as caught:
        decode(PaymentMethod, {"token": token})
    told = caught.value.errors(include_input=False, include_url=False)
    assert CARD not in str(told)


@pytest.mark.parametrize("token", ["", "tok", "tok visa", "tok\nvisa", "tök_visa", "A" * 4097])
def test_a_token_is_printable_and_of_some_length(token: str) -> None:
    """Spaces, other alphabets, 3 characters and 4,097 are refused."""
    with pytest.raises(ValidationError):
        decode(PaymentMethod, {"token": token})

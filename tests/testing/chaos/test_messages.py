"""Messages about events against what the stand-in that sends them recorded."""

import pytest

from unshackled.proving.chaos.messages import complaints

LEDGER = [
    {"effect": "notification.send", "reference": "A"},
    {"effect": "notification.send", "reference": "OF-A-CHECKOUT"},
    {"effect": "orders.place", "reference": "O"},
]
CHECKOUTS = frozenset({"OF-A-CHECKOUT"})


def test_what_was_written_and_sent_is_fine() -> None:
    """A message that has nobody to go to, and those of checkouts, are no complaint."""
    assert complaints({"A": "sent", "B": "no_contact"}, CHECKOUTS, LEDGER) == []


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        ({}, "message A was never written ahead"),
        ({"A": "in_doubt"}, "message A is still in_doubt"),
        (
            {"A": "sent", "B": "sent"},
            "message B is lost: said to be sent, and it was not",
        ),
    ],
)
def test_a_message_that_is_unknown_open_or_lost_is_named(
    messages: dict[str, str], says: str
) -> None:
    """One line for each."""
    assert complaints(messages, CHECKOUTS, LEDGER) == [says]

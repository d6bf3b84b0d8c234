"""Messages about events: each was written ahead, is at its end, and went out at most once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from unshackled.events.notifications.repository import FINAL, Stage
from unshackled.store.sql.tables import Tables

SENT: Final = "notification.send"
READ: Final = "SELECT reference, state FROM notifications"


async def written(tables: Tables) -> dict[str, str]:
    """The state of each message by its reference."""
    return {str(reference): str(state) for reference, state in await tables.read(READ)}


def complaints(
    messages: Mapping[str, str], checkouts: frozenset[str], ledger: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Every broken promise; `checkouts` are the references that checkouts wrote ahead."""
    sent = Counter(str(one["reference"]) for one in ledger if one["effect"] == SENT)
    found = [
        f"message {reference} was never written ahead"
        for reference in sorted(sent.keys() - messages.keys() - checkouts)
    ]
    for reference, state in sorted(messages.items()):
        if state not in FINAL:
            found.append(f"message {reference} is still {state}")
        elif state == Stage.SENT and not sent[reference]:
            found.append(f"message {reference} is lost: said to be sent, and it was not")
    return found

"""Messages about events: each was written ahead, is at its end, and went out at most once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from unshackled.store.side_tables.message_log import FINAL, MessageLog, MessageState

SENT: Final = "notification.send"
PORTION: Final = 500


async def written(messages: MessageLog) -> dict[str, str]:
    """The state of each message by its reference."""
    found: dict[str, str] = {}
    after: tuple[str, str] | None = None
    while some := await messages.all(after=after, limit=PORTION):
        found |= {one.reference: str(one.state) for one in some}
        after = some[-1].event, some[-1].template
    return found


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
        elif state == MessageState.SENT and not sent[reference]:
            found.append(f"message {reference} is lost: said to be sent, and it was not")
    return found

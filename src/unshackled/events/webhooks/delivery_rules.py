"""The rules of webhooks, pure: who gets what, when to try again, when to stop."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from random import Random
from typing import Final

from unshackled.outbound.retry import RetryPolicy, stretched
from unshackled.store.side_tables.deliveries import Reply

# The waits before each attempt of one delivery: Standard Webhooks' own example.
WAITS: Final = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER: Final = (1.0, 1.1)
DISABLE_AFTER: Final = timedelta(days=5)
HOLD: Final = RetryPolicy(initial=timedelta(seconds=5), maximum=timedelta(minutes=5), jitter=JITTER)
LONGEST_ASKED: Final = timedelta(days=1)
OLD_SECRET_FOR: Final = timedelta(hours=24)
GONE: Final = 410
# Statuses with which a server says that it is asked too much: its Retry-After counts.
BUSY: Final = frozenset({429, 502, 503, 504})


def wants(types: Collection[str], event: str) -> bool:
    """Whether an endpoint with these types gets an event; `step.*` stands for all of a group."""
    return not types or any(
        event.startswith(one[:-1]) if one.endswith(".*") else event == one for one in types
    )


def succeeded(reply: Reply) -> bool:
    """Only a 2xx is a success."""
    return reply.status is not None and 200 <= reply.status < 300


def wait_after(attempts: int, random: Random) -> timedelta | None:
    """The wait before the next attempt, after so many that failed; None: give it up.

    Up to a tenth longer than in the table, by chance.
    """
    if attempts >= len(WAITS):
        return None
    return stretched(WAITS[attempts], random, JITTER)


def hold_after(failures: int, reply: Reply, random: Random) -> timedelta:
    """How long to leave an endpoint alone after so many rounds in which nothing arrived.

    The first is followed by one probe at once: it may have been that one event.
    """
    hold = HOLD.pause(failures - 1, random) if failures >= 2 else timedelta(0)
    return max(hold, asked_for(reply))


def asked_for(reply: Reply) -> timedelta:
    """How long a busy server asked to be left alone, at most a day."""
    if reply.status not in BUSY or reply.retry_after is None:
        return timedelta(0)
    return min(timedelta(seconds=max(reply.retry_after, 0.0)), LONGEST_ASKED)


def at_once(failures: int, most: int) -> int:
    """How many checkouts' events may be under way to an endpoint: one while it is failing."""
    return 1 if failures else most


def given_up(failing_since: datetime | None, now: datetime) -> bool:
    """Whether an endpoint has failed for so long that it is disabled."""
    return failing_since is not None and now - failing_since >= DISABLE_AFTER

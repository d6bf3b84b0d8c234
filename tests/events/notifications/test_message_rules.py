"""What follows from a message's row: a table, without provider, store or clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from unshackled.errors import InDoubt, NotSent, ProviderError, Refused
from unshackled.events.notifications.message_rules import (
    Action,
    MessageEnd,
    action_of,
    end_of,
    end_without_answer,
    next_attempt,
)
from unshackled.flow.engine.doubt import lease_from
from unshackled.ports.notification import NotificationSent
from unshackled.ports.outcome import Declined, Passed, Pending, Redirect
from unshackled.sdk import Doubt, idempotent, lookup, manual
from unshackled.store.side_tables.message_log import DOUBTFUL, FINAL, MessageState
from unshackled.testing.samples import NOW
from unshackled.testing.table_suites.messages_suite import message_of

HOUR = timedelta(hours=1)
ONLY_KEY = idempotent(key_lifetime=HOUR, lookup=False)
BOTH = idempotent(key_lifetime=HOUR, lookup=True)
STATES = [state for state in MessageState if state not in FINAL | DOUBTFUL]


@pytest.mark.parametrize("state", sorted(FINAL))
@pytest.mark.parametrize("addressed", [True, False])
def test_what_ended_is_done(state: MessageState, addressed: bool) -> None:
    """Whatever way out of doubt its provider had."""
    known = message_of(1, state=state)
    assert action_of(known, BOTH, NOW, addressed=addressed) == "done"


@pytest.mark.parametrize("state", sorted(STATES))
def test_what_was_not_sent_is_sent_where_somebody_can_be_written_to(state: MessageState) -> None:
    """A contact that was erased meanwhile ends it: nothing is on its way."""
    known = message_of(1, state=state)
    assert action_of(known, manual(), NOW, addressed=True) == "resend"
    assert action_of(known, manual(), NOW, addressed=False) == "no_contact"


@pytest.mark.parametrize("state", sorted(DOUBTFUL))
@pytest.mark.parametrize(
    ("doubt", "age", "addressed", "action"),
    [
        (ONLY_KEY, HOUR / 2, True, "resend"),
        (ONLY_KEY, HOUR, True, "manual"),
        (ONLY_KEY, HOUR / 2, False, "manual"),
        (BOTH, HOUR / 2, True, "resend"),
        (BOTH, HOUR, True, "look_up"),
        (BOTH, HOUR / 2, False, "look_up"),
        (lookup(), HOUR / 2, True, "look_up"),
        (lookup(), HOUR / 2, False, "look_up"),
        (manual(), HOUR / 2, True, "manual"),
    ],
)
def test_a_doubt_ends_by_the_way_that_its_provider_declares(
    state: MessageState, doubt: Doubt, age: timedelta, addressed: bool, action: Action
) -> None:
    """A resend only within the key's lifetime, and only while there is a letter to resend."""
    known = message_of(1, state=state, first_at=NOW - age)
    assert action_of(known, doubt, NOW, addressed=addressed) == action


@pytest.mark.parametrize(
    ("error", "doubted", "state"),
    [
        (NotSent("down", provider="main"), False, "not_sent"),
        (NotSent("down", provider="main"), True, "in_doubt"),
        (InDoubt("cut", provider="main"), False, "in_doubt"),
        (Refused("no", provider="main", code="422"), False, "refused"),
        (Refused("no", provider="main", code="422"), True, "in_doubt"),
    ],
)
def test_a_failure_never_ends_an_older_doubt(
    error: ProviderError, doubted: bool, state: str
) -> None:
    """It says nothing about what was sent before."""
    assert end_without_answer(error, doubted=doubted).state == state


def test_an_answer_ends_a_message() -> None:
    """Who works on it has taken it; what a sender cannot answer is no success."""
    sent = Passed(output=NotificationSent(message="msg_7"))
    assert end_of(sent) == MessageEnd(state=MessageState.SENT, number="msg_7")
    assert end_of(Pending(poll_after=HOUR)) == MessageEnd(state=MessageState.SENT)
    declined = end_of(Declined(code="unsubscribed"))
    assert declined == MessageEnd(state=MessageState.DECLINED, code="unsubscribed")
    assert end_of(Redirect(url="https://x.example", expires=NOW)).state is MessageState.REFUSED


def test_another_attempt_has_a_lease_of_its_own() -> None:
    """From the moment at which it is written; the key's lifetime counts from the first."""
    known = message_of(1, state=MessageState.IN_DOUBT, first_at=NOW - HOUR)
    again = next_attempt(known, NOW)
    assert (again.first_at, again.last_at, again.tries) == (NOW - HOUR, NOW, known.tries + 1)
    assert again.give_up_at == lease_from(NOW, timedelta(seconds=10)).give_up_at
    assert again.doubted
    assert again.reference == known.reference

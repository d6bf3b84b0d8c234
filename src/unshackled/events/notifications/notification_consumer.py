"""The consumer that tells customers: for each event, what the retailer's file says of its type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final, Protocol

from unshackled.domain.account import retailer_of
from unshackled.domain.case_opening import kind_of
from unshackled.domain.checkout import Checkout
from unshackled.domain.clock import Clock
from unshackled.domain.events.message_events import MessageUndelivered
from unshackled.errors import UnshackledError
from unshackled.events.notifications.letter import NEWS, letter_of
from unshackled.events.notifications.notification_sender import NotificationSender
from unshackled.flow.language.spec import NotificationRule
from unshackled.store.stored_records import EventRow, StoredFlow
from unshackled.telemetry import get_logger

log = get_logger(__name__)

# News that old would only confuse; and who replays last month's events must not write to anybody.
OLDEST: Final = timedelta(days=1)
# How many messages of a checkout that did not arrive are followed by others.
MOST_UNDELIVERED: Final = 3


class Snapshots(Protocol):
    """Checkouts and resolved flows; a store is one."""

    async def load(self, checkout: str) -> Checkout | None:
        """The snapshot."""
        ...

    async def flow(self, digest: str) -> StoredFlow | None:
        """A resolved flow."""
        ...


class NotificationRules(Protocol):
    """A retailer, as far as messages to its customers go."""

    @property
    def notifications(self) -> tuple[NotificationRule, ...]: ...


class NotificationsConsumer:
    """Sends what the retailers' files say, through the sender."""

    name = "notifications"

    def __init__(
        self,
        retailers: Mapping[str, NotificationRules],
        *,
        snapshots: Snapshots,
        sender: NotificationSender,
        clock: Clock,
    ) -> None:
        self._retailers = retailers
        self._snapshots = snapshots
        self._sender = sender
        self._clock = clock

    def concerns(self, event: EventRow) -> bool:
        """Whether the retailer's file says anything of it."""
        return next(self._rules(event), None) is not None

    async def take(self, event: EventRow) -> None:
        """Send each message of the event that was not sent yet.

        All are tried; then the first failure is raised: a `ProviderError`, or `StillInDoubt`.
        """
        rules = list(self._rules(event))
        if not rules:
            return
        if self._clock.now() - event.at > OLDEST:
            log.info("notification.too_old", id=event.id, type=event.type)
            return
        checkout = await self._snapshots.load(event.checkout)
        if checkout is not None and _in_circles(event, checkout):
            log.warning("notification.undelivered_again", id=event.id)
            return
        flow = await self._snapshots.flow(checkout.digest) if checkout is not None else None
        if checkout is None or flow is None:
            log.warning("notification.no_checkout", id=event.id)
            return
        failures = []
        for rule in rules:
            letter = letter_of(checkout, flow.resolved, rule.template, event)
            try:
                await self._sender.send(event, checkout, rule, letter)
            except UnshackledError as failure:
                failures.append(failure)
        if failures:
            raise failures[0]

    def _rules(self, event: EventRow) -> Iterator[NotificationRule]:
        retailer = self._retailers.get(retailer_of(event.retailer))
        for rule in retailer.notifications if retailer is not None else ():
            about = rule.step in (None, event.data.get("step")) and _of_case(rule, event)
            if rule.event == event.type and about and not _same_way(rule, event):
                yield rule


def _of_case(rule: NotificationRule, event: EventRow) -> bool:
    """Whether a rule is about the case, or the purchase, that an event happened to.

    One that names no case is about every case where its event is a case's own, else about none.
    """
    run = event.data.get("run")
    if rule.case is None:
        return run is None or event.type in NEWS
    return run is not None and kind_of(str(run)) == rule.case


def _same_way(rule: NotificationRule, event: EventRow) -> bool:
    """Whether a rule would send what just did not arrive the same way once more."""
    if event.type != MessageUndelivered.type:
        return False
    sent = (event.data.get("provider"), event.data.get("template"))
    return sent in {(rule.provider, rule.template), (rule.provider, None)}


def _in_circles(event: EventRow, checkout: Checkout) -> bool:
    """Whether messages about messages that did not arrive do not arrive either."""
    about = event.type == MessageUndelivered.type
    return about and len(checkout.undelivered) > MOST_UNDELIVERED

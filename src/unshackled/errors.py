"""Every error of the core that another part is meant to catch.

UnshackledError
├─ InternalFault        what our own rules exclude: a bug of ours, never of a customer or a backend
├─ ProviderError        a call to a backend that gave no outcome
│  ├─ NotSent           DNS, connect, TLS, pool, breaker or bulkhead full, 429: it did nothing
│  ├─ InDoubt           timeout or break after sending, 5xx, malformed answer: it may have acted
│  │  └─ Undecided      a good answer that settles nothing yet: no failure of the backend
│  └─ Refused           understood and refused: no retry
└─ StoreError           the store did not take or give what was asked
   ├─ StoreUnavailable  not reachable now; try again later
   ├─ Conflict          a compare-and-swap lost: reload and decide again
   │  └─ ClaimTaken     what only one checkout may hold is another's
   └─ Unreadable        written by another version: this process changes nothing of it
      └─ Undecryptable  sealed with a key that is not here, or changed since

A message names the provider, the operation, the kind of failure and a status code;
never personal data, never a secret.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

# What a code may look like: no spaces, no addresses, no words of a person.
CODE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,63}")
UNTOLD: Final = "refused"


class UnshackledError(Exception):
    """The base of every error in this module."""


class InternalFault(UnshackledError):
    """What our own rules exclude: a bug of ours, never a fault of a customer or a backend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSummary:
    """What a vendor's last answer said for operators: its status, and the vendor's own marks.

    `code` is the vendor's code and `request_id` what its support asks for; both are of a strict
    shape, never free text. `sends` counts the requests of the call.
    """

    status: int | None = None
    code: str | None = None
    request_id: str | None = None
    sends: int = 0


class ProviderError(UnshackledError):
    """A call to a backend that gave no outcome; `provider` names whose call it was.

    `reason` is our word for what happened on the way, e.g. `timeout`; `summary` is what the vendor
    answered, known once the call is over.
    """

    def __init__(
        self, message: str, *, provider: str | None = None, reason: str | None = None
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.reason = reason
        self.summary = AnswerSummary()


class NotSent(ProviderError):
    """The backend did nothing, so the call may be sent again, after `retry_after` where given."""

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        reason: str | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message, provider=provider, reason=reason)
        self.retry_after = retry_after


class InDoubt(ProviderError):
    """The call may have had its effect: a query is repeated, an effect only resolved."""


class Undecided(InDoubt):
    """The backend answered well, but cannot say yet: no failure of its own."""


class Refused(ProviderError):
    """The backend understood and refused; `code` is its status or our word for the reason.

    A code that looks like free text is not kept: a backend could quote a customer there.
    """

    def __init__(self, message: str, *, provider: str | None = None, code: str) -> None:
        super().__init__(message, provider=provider)
        self.code = code if CODE.fullmatch(code) else UNTOLD


class StoreError(UnshackledError):
    """The store did not take or give what was asked."""


class StoreUnavailable(StoreError):
    """The store is not reachable, or did not answer: a write may have happened, so reload."""


class Conflict(StoreError):
    """Another writer was first: the compare-and-swap on the version lost."""


class ClaimTaken(Conflict):
    """Another checkout holds one of the devices of a change: nothing of it is written.

    `claims` are those that are taken; they are personal, so the message does not have them.
    """

    def __init__(self, checkout: str, claims: Sequence[str]) -> None:
        super().__init__(f"{checkout}: another checkout holds the device")
        self.claims = tuple(claims)


class Unreadable(StoreError):
    """What is stored is not for this process: a newer version wrote it, or its flow is unknown.

    Another replica, or the version that comes, can read it: nothing of it may be changed here.
    """


class Undecryptable(Unreadable):
    """What is stored does not open: its key is not here, or it was changed, cut or moved.

    `subject` is the checkout or document that it belongs to, `key` the id of the key that it asks
    for; neither is a secret.
    """

    def __init__(self, subject: str, key: str, why: str) -> None:
        super().__init__(f"{subject}: what is sealed with key {key} cannot be read: {why}")
        self.subject = subject
        self.key = key


class BrokerUnavailable(UnshackledError):
    """The message broker is away, or it is not known whether it took what was published."""


class BrokerRefused(UnshackledError):
    """The message broker will never take this event as it is: too large, or not for its subject."""

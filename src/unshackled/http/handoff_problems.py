"""The kinds of errors of a link that brings a customer to a checkout."""

from __future__ import annotations

from typing import Final

from unshackled.http.problem_record import ProblemType

HANDOFF_TYPES: Final = (
    ProblemType(
        "handoff_unknown",
        404,
        "There is no such link",
        "It was cut or changed on the way, or is older than a day. Open it again from where it "
        "came, or ask the shop for a new one.",
    ),
    ProblemType(
        "handoff_expired",
        410,
        "The link has expired",
        "A link counts for minutes: `POST …/handoffs` makes a new one. `shop` is where the customer"
        " gets it.",
    ),
    ProblemType(
        "handoff_used",
        410,
        "The link was used in this browser",
        "A link opens once. `checkout` is what it opened: this browser's cookie reads it still.",
    ),
    ProblemType(
        "handoff_used_elsewhere",
        410,
        "The link was used in another browser",
        "A link opens one browser once, so it opened somebody else's or the customer's other one. "
        "`shop` is where the customer gets a new one.",
    ),
    ProblemType(
        "checkout_finished",
        410,
        "The checkout ended before the link was used",
        "`outcome` says how it ended. `shop` is where the customer goes on; of an order the shop "
        "can make a new link, which shows it.",
    ),
)

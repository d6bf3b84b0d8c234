"""The names of our attributes and metrics; what OpenTelemetry names already keeps its name.

Ours have no prefix: a label, an attribute of a span and a field of a log line are one word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SCOPE: Final = "unshackled"

CHECKOUT: Final = "checkout"
RETAILER: Final = "retailer"
LIVEMODE: Final = "livemode"
POLICY: Final = "policy"
FLOW: Final = "flow"
DIGEST: Final = "digest"
STEP: Final = "step"
PROVIDER: Final = "provider"
OPERATION: Final = "operation"
CALL_KIND: Final = "asked"
OUTCOME: Final = "outcome"
ATTEMPT: Final = "attempt"
CODE: Final = "code"
CONSUMER: Final = "consumer"

METHOD: Final = "http.request.method"
ROUTE: Final = "http.route"
STATUS: Final = "http.response.status_code"
SCHEME: Final = "url.scheme"
PATH: Final = "url.path"
PROTOCOL: Final = "network.protocol.version"
SERVER: Final = "server.address"
PORT: Final = "server.port"
ERROR: Final = "error.type"

# What each of our own names says, wherever it stands.
MEANINGS: Final[Mapping[str, str]] = {
    CHECKOUT: "the checkout's id; never a label of a metric",
    RETAILER: "the retailer's id, without its mode",
    LIVEMODE: "whether its money is real: `true`, or `false` for test keys and sandboxes",
    FLOW: "the name of the flow; empty for what no checkout asked for",
    DIGEST: "the digest that the checkout is pinned to",
    STEP: "the name of the step; empty for what no step asked for",
    PROVIDER: "the provider's name in the retailer's file",
    OPERATION: "what it was asked, e.g. `payment.charge`",
    CALL_KIND: "`call`, `look_up`, `undo`, `callback` or `shadow`",
    ATTEMPT: "which attempt of the step",
    OUTCOME: "how it ended: `passed`, `declined`, `pending`, `redirect`, `absent`, `not_sent`, "
    "`in_doubt`, `refused`, `broken`, `canceled`, `unreachable`, `expired`, `timed_out`; of steps "
    "their state; of erasures `whole` or `part`",
    CODE: "why, in our words",
    POLICY: "the routing policy, e.g. `handset-on-credit.deposit`",
    CONSUMER: "who takes events",
}

# The boundaries that the HTTP conventions advise, in seconds; calls to backends use them too.
SECONDS: Final = (
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25),
    *(0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0),
)

"""The names of our attributes and metrics; what OpenTelemetry names already keeps its name."""

from __future__ import annotations

from typing import Final

SCOPE: Final = "unshackled"

CHECKOUT: Final = "unshackled.checkout.id"
RETAILER: Final = "unshackled.retailer"
POLICY: Final = "unshackled.route"
FLOW: Final = "unshackled.flow"
DIGEST: Final = "unshackled.flow.digest"
STEP: Final = "unshackled.step"
PROVIDER: Final = "unshackled.provider"
OPERATION: Final = "unshackled.operation"
OUTCOME: Final = "unshackled.outcome"
ATTEMPT: Final = "unshackled.attempt"
CODE: Final = "unshackled.code"
CONSUMER: Final = "unshackled.consumer"

METHOD: Final = "http.request.method"
ROUTE: Final = "http.route"
STATUS: Final = "http.response.status_code"
SCHEME: Final = "url.scheme"
PATH: Final = "url.path"
PROTOCOL: Final = "network.protocol.version"
ERROR: Final = "error.type"

# The boundaries that the HTTP conventions advise, in seconds; calls to backends use them too.
SECONDS: Final = (
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25),
    *(0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0),
)

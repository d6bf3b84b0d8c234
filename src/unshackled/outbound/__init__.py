"""Calls to the outside: HTTP, and what keeps a failing backend from taking us down.

Importing this loads no HTTP library; the first request does, or `HttpClient.warm`.
"""

from unshackled.outbound.answer import Answer, Owns, anyone
from unshackled.outbound.breaker import Breaker, BreakerChange, BreakerPolicy, BreakerState
from unshackled.outbound.bulkhead import Bulkhead
from unshackled.outbound.call_failures import Shed
from unshackled.outbound.call_guard import Attempt, CallGuard, Ending
from unshackled.outbound.client import HttpClient
from unshackled.outbound.deadline import Deadline, current_deadline, until
from unshackled.outbound.limiter import Limiter
from unshackled.outbound.limits import Limits, Timeouts
from unshackled.outbound.marks import Marks
from unshackled.outbound.request_trail import followed
from unshackled.outbound.retry import RetryPolicy, retrying

__all__ = [
    "Answer",
    "Attempt",
    "Breaker",
    "BreakerChange",
    "BreakerPolicy",
    "BreakerState",
    "Bulkhead",
    "CallGuard",
    "Deadline",
    "Ending",
    "HttpClient",
    "Limiter",
    "Limits",
    "Marks",
    "Owns",
    "RetryPolicy",
    "Shed",
    "Timeouts",
    "anyone",
    "current_deadline",
    "followed",
    "retrying",
    "until",
]

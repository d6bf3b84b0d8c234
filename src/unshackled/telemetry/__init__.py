"""Traces, metrics and log lines: one trace for each request, linked into one per checkout.

Made once by `start_telemetry` and `configure_logging`; nothing global but the log configuration.
Personal data and secrets are dropped on the way out (`redact`). No exporter loads unless asked for.
"""

from unshackled.telemetry.asgi import TelemetryMiddleware
from unshackled.telemetry.checkout_trace import (
    CheckoutTrace,
    bind_checkout,
    current_trace_id,
    current_traceparent,
    tell,
    telling,
)
from unshackled.telemetry.logs import Logger, configure_logging, get_logger, new_logger
from unshackled.telemetry.meters import Meters
from unshackled.telemetry.otel import Telemetry, start_telemetry
from unshackled.telemetry.provider_problems import Where, problem_of, tell_problem, whose
from unshackled.telemetry.redact import REDACTED, redact, redact_text
from unshackled.telemetry.rounds import survive
from unshackled.telemetry.spans import ObservedCall, ObservedSpan, Recorder, outcome_word

__all__ = [
    "REDACTED",
    "CheckoutTrace",
    "Logger",
    "Meters",
    "ObservedCall",
    "ObservedSpan",
    "Recorder",
    "Telemetry",
    "TelemetryMiddleware",
    "Where",
    "bind_checkout",
    "configure_logging",
    "current_trace_id",
    "current_traceparent",
    "get_logger",
    "new_logger",
    "outcome_word",
    "problem_of",
    "redact",
    "redact_text",
    "start_telemetry",
    "survive",
    "tell",
    "tell_problem",
    "telling",
    "whose",
]

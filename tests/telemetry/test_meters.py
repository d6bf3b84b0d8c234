"""The metrics: what is counted, under which labels, as Prometheus text."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.telemetry.conftest import NOON, Seen
from unshackled.domain.events.checkout_events import CheckoutCanceled, CheckoutCompleted
from unshackled.domain.events.event import Event
from unshackled.domain.events.message_events import MessageUndelivered
from unshackled.domain.events.privacy_events import PersonalErased
from unshackled.domain.events.step_events import StepDeclined, StepInDoubt, StepPassed, StepReady
from unshackled.domain.events.undo_events import UndoFailed
from unshackled.telemetry import Meters
from unshackled.telemetry.meters import BREAKER_STATES

BASE = 'flow="upgrade",livemode="true",retailer="northstar"'
STEP = (
    'unshackled_step_outcomes_total{{flow="upgrade",livemode="true",outcome="{outcome}",'
    'retailer="northstar",step="{step}"}} 1.0'
)
GONE = (
    'unshackled_erasures_total{code="retention_ended",flow="upgrade",livemode="true",'
    'outcome="whole",retailer="northstar"} 1.0'
)
LOST = (
    'unshackled_messages_undelivered_total{code="unreachable",flow="upgrade",livemode="true",'
    'provider="sms",retailer="northstar",step="confirmation"} 1.0'
)


@pytest.mark.parametrize(
    ("event", "sample"),
    [
        (
            CheckoutCompleted(pivot="order", total_due_today=4900, currency="GBP"),
            f"unshackled_checkout_completed_total{{{BASE}}} 1.0",
        ),
        (
            CheckoutCanceled(code="expired", by="clock"),
            f'unshackled_checkout_canceled_total{{code="expired",{BASE}}} 1.0',
        ),
        (StepPassed(step="stock"), STEP.format(outcome="passed", step="stock")),
        (
            StepDeclined(step="credit", code="affordability"),
            STEP.format(outcome="declined", step="credit"),
        ),
        (
            StepInDoubt(step="order", code="timeout", next_at=NOON),
            STEP.format(outcome="in_doubt", step="order"),
        ),
        (
            MessageUndelivered(
                reference="R", provider="sms", code="unreachable", step="confirmation"
            ),
            LOST,
        ),
        (
            PersonalErased(by="clock", reason="retention_ended"),
            GONE,
        ),
        (
            UndoFailed(step="deposit", reference="REF", code="409"),
            STEP.format(outcome="undo_failed", step="deposit"),
        ),
    ],
)
def test_what_happened_is_counted(seen: Seen, event: Event, sample: str) -> None:
    """By retailer and flow, cancellations by code, steps by where they came to rest."""
    seen.telemetry.meters.count("northstar", "upgrade", [event])
    assert sample in seen.metrics()


def test_ways_to_an_ending_are_not_counted(seen: Seen) -> None:
    """A step that is ready has no outcome yet."""
    seen.telemetry.meters.count("northstar", "upgrade", [StepReady(step="stock", digest=None)])
    assert "unshackled_step_outcomes_total{" not in seen.metrics()


def test_a_breaker_is_read_when_metrics_are(seen: Seen) -> None:
    """Its state costs nothing until a scrape."""
    states = {"prime-lender": "closed"}
    seen.telemetry.meters.watch_breakers(
        lambda: [("northstar:test", provider, state) for provider, state in states.items()]
    )
    labels = 'livemode="false",provider="prime-lender",retailer="northstar"'
    gauge = f"unshackled_provider_breaker{{{labels}}}"
    assert f"{gauge} 0.0" in seen.metrics()
    states["prime-lender"] = "open"
    assert f"{gauge} 2.0" in seen.metrics()


def test_every_breaker_state_has_a_number() -> None:
    """As the outgoing side names them."""
    assert set(BREAKER_STATES) == {"closed", "half_open", "open"}


def test_the_text_is_what_prometheus_reads(seen: Seen) -> None:
    """Its parser accepts it; the process and what was counted before the first scrape are there."""
    seen.telemetry.meters.called({"outcome": "passed"}, 0.2)
    body, content_type = seen.telemetry.metrics_text()
    names = {family.name for family in text_string_to_metric_families(body.decode())}
    assert content_type.startswith("text/plain")
    assert {"unshackled_provider_call_duration_seconds", "process_cpu_seconds"} <= names


def test_silent_meters_count_nothing() -> None:
    """For tests and tools."""
    Meters.silent().count("northstar", "upgrade", [StepPassed(step="stock")])

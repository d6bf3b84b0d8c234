"""A label, an attribute and a field have one name and one meaning, and the docs say the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
from prometheus_client.parser import text_string_to_metric_families

import unshackled
from scripts import telemetry_tables
from tests.app.failing import CASES, FailureShown
from tests.telemetry.conftest import Seen
from tests.telemetry.lines import log_lines
from unshackled.domain.events.checkout_events import (
    CheckoutCanceled,
    CheckoutCompleted,
    CheckoutCreated,
)
from unshackled.domain.events.event import Event
from unshackled.domain.events.message_events import MessageUndelivered
from unshackled.domain.events.privacy_events import PersonalErased
from unshackled.domain.events.step_events import StepPassed
from unshackled.domain.records import replace
from unshackled.domain.waiting_room import QueuePlace
from unshackled.telemetry.instruments import INSTRUMENTS, scraped_label
from unshackled.telemetry.names import MEANINGS
from unshackled.testing.samples import NOW

SOURCE: Final = Path(unshackled.__file__).parent
CONVENTIONS: Final = ("http.", "url.", "server.", "error.", "network.")
# Words that would be a second name for what has one.
SYNONYMS: Final = frozenset(
    {
        *("account", "tenant", "shop", "merchant", "retailer_id", "flow_name", "flow_id"),
        *("step_name", "step_id", "provider_name", "vendor", "adapter", "backend", "checkout_id"),
        *("mode", "live", "trace", "traceid", "requestid", "vendor_request_id", "our_code"),
    }
)
WRITES: Final = frozenset({"debug", "info", "warning", "error", "critical", "exception"})


async def _play(seen: Seen) -> None:
    """Everything that is measured happens once."""
    meters = seen.telemetry.meters
    told = FailureShown(CASES["refused"], seen.telemetry)
    begun: list[Event] = []
    told.world.engine.listeners.append(lambda _, events: begun.extend(events))
    await told.play()
    created = next(one for one in begun if isinstance(one, CheckoutCreated))
    place = QueuePlace(admit_at=NOW, joined_at=NOW, per_minute=50)
    done = (
        replace(created, queue=place),
        CheckoutCompleted(pivot="order", total_due_today=1, currency="GBP"),
        CheckoutCanceled(code="expired", by="clock"),
        StepPassed(step="stock"),
        MessageUndelivered(reference="REF", provider="notifier", code="bounced"),
        PersonalErased(by="clock", reason="schedule"),
    )
    meters.count("northstar:test", "upgrade", (*begun, *done))
    meters.delivered("webhooks", "taken")
    meters.watch_breakers(told.providers.breakers)
    for watch in (meters.watch_lags, meters.watch_stuck):
        watch(lambda: [("webhooks", 1.0)])
    meters.watch_bank_weights(lambda: 86_400.0)
    for watch in (meters.watch_catalogues, meters.watch_left_out, meters.watch_waiting_rooms):
        watch(lambda: [("northstar", 1.0)])
    route = [("northstar", "upgrade.deposit", "psp", 1.0)]
    meters.watch_routes(lambda: route, lambda: route)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    observed = seen.telemetry.middleware(app, seen.logger)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=observed), base_url="http://shop.example"
    ) as client:
        await client.get("/")


async def test_every_value_of_every_instrument_has_its_labels_and_no_others(
    seen: Seen,
) -> None:
    """What a scrape shows is in the table, by name and label; our own labels have a meaning."""
    with log_lines():
        await _play(seen)
    known = {one.scraped.removesuffix("_total"): one for one in INSTRUMENTS.values()}
    shown: set[str] = set()
    for family in text_string_to_metric_families(seen.metrics()):
        if family.name.startswith(("process_", "target_info", "python_")):
            continue
        labels = {scraped_label(label) for label in known[family.name].labels}
        for sample in family.samples:
            assert set(sample.labels) - {"le"} <= labels, family.name
            assert ":" not in sample.labels.get("retailer", "")
            assert sample.labels.get("livemode", "true") in ("true", "false")
        shown.add(family.name)
    assert set(known) == shown


def test_every_label_of_ours_has_a_meaning() -> None:
    """No instrument has a label that is neither ours nor OpenTelemetry's."""
    for one in INSTRUMENTS.values():
        foreign = {name for name in one.labels if not name.startswith(CONVENTIONS)}
        assert foreign <= set(MEANINGS)


async def test_spans_have_no_other_names(seen: Seen) -> None:
    """Every attribute of every span is ours by the table, or the conventions'."""
    with log_lines():
        await _play(seen)
    used = {name for span in seen.spans() for name in span.attributes}
    assert {"retailer", "livemode", "flow", "step", "provider", "operation"} <= used
    assert {name for name in used if not name.startswith(CONVENTIONS)} <= set(MEANINGS)


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield f"{path.name}:{node.lineno}", node


def test_no_line_uses_a_second_name() -> None:
    """`retailer`, `flow`, `step` and `provider` are called nothing else in any line."""
    wrong = {
        (where, keyword.arg)
        for where, call in _calls()
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in WRITES
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in ("log", "logger")
        for keyword in call.keywords
        if keyword.arg in SYNONYMS
    }
    assert wrong == set()


def test_no_instrument_is_made_beside_the_table() -> None:
    """Whoever creates one takes its name from the table, so that its labels are declared."""
    literal = {
        arg.value
        for _, call in _calls()
        if isinstance(call.func, ast.Attribute) and call.func.attr.startswith("create_")
        for arg in call.args[:1]
        if isinstance(arg, ast.Constant) and isinstance(arg.value, str) and "." in arg.value
    }
    assert literal <= set(INSTRUMENTS)


def test_the_tables_of_the_docs_are_those_of_the_code() -> None:
    """`make docs` writes them."""
    text = telemetry_tables.PAGE.read_text()
    assert text == telemetry_tables.page(text)

"""Twelve providers fail, each in its way: what an SRE finds in the log and in `ops show`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.app.failing import CASES, SHOWN, Case, FailureShown
from tests.telemetry.lines import log_lines
from unshackled.cli.ops_client import show_problems
from unshackled.domain.provider_problem import MOST
from unshackled.domain.records import replace
from unshackled.telemetry import Telemetry, start_telemetry
from unshackled.telemetry.names import MEANINGS


@pytest.fixture
async def telemetry() -> AsyncIterator[Telemetry]:
    """Sampling as in production: most traces are not recorded."""
    made = start_telemetry(sample_ratio=0.0)
    yield made
    made.shutdown()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_each_failure_is_one_line_and_one_block(
    case: Case, telemetry: Telemetry, capsys: pytest.CaptureFixture[str]
) -> None:
    """Retailer, flow, step, provider, reference, the vendor's own marks: and nothing personal."""
    told = FailureShown(case, telemetry)
    with log_lines() as written:
        await told.play()
    state = await told.world.step("deposit")
    lines = written.of(*SHOWN)
    assert sum(one["sends"] for one in lines) == len(told.sent)
    line = next(one for one in lines if one["asked"] == "call")
    expected = {
        "event": case.event,
        "retailer": "northstar",
        "livemode": True,
        "flow": "test",
        "checkout": "chk_test",
        "step": "deposit",
        "provider": "vendor",
        "operation": case.operation,
        "asked": "call",
        "outcome": case.outcome,
        "code": case.code,
        "status": case.status,
        "vendor_code": case.vendor_code,
        "request_id": case.request_id,
    }
    assert {name: line[name] for name in expected} == expected
    assert set(MEANINGS) >= {"retailer", "livemode", "flow", "step", "provider"} <= set(line)
    assert len(line["trace_id"]) == 32
    assert line["reference"] == state.reference or state.reference is None
    assert line["reference"]
    shown = (await told.shown())["problems"]
    wanted = (case.code, case.outcome, "call")
    problem = next(p for p in shown if (p["code"], p["outcome"], p["asked"]) == wanted)
    same = ("provider", "operation", "asked", "outcome", "code", "status", "vendor_code")
    assert {name: problem[name] for name in same} == {name: line[name] for name in same}
    show_problems("deposit", [problem])
    block = capsys.readouterr().out
    for value in (case.code, case.vendor_code, case.request_id, case.status, line["reference"]):
        assert value is None or str(value) in block
    rows = await told.world.store.events("chk_test", after=None, limit=1000)
    everything = (
        repr([row.data for row in rows]) + b"".join(written.raw).decode() + block + repr(problem)
    )
    everything += telemetry.metrics_text()[0].decode()
    for text in ("ilhelmina", "eatherstone", "mail.example", "NR21", "7700900123", "s3cret"):
        assert text not in everything


async def test_a_breaker_says_each_change_once_and_in_whose_call(telemetry: Telemetry) -> None:
    """Closed, open, half open by the first probe, open again: never once for each call."""
    told = FailureShown(replace(CASES["nobody listens"], before=1), telemetry)
    with log_lines() as written:
        await told.play()
        await told.world.wait(seconds=12)
    changes = written.of("breaker.changed")
    assert [(one["was"], one["state"]) for one in changes][:3] == [
        ("closed", "open"),
        ("open", "half_open"),
        ("half_open", "open"),
    ]
    first = changes[0]
    assert (first["retailer"], first["livemode"], first["provider"]) == (
        "northstar",
        True,
        "vendor",
    )
    assert (first["flow"], first["step"], first["operation"]) == (
        *("test", "deposit"),
        "identity.verify",
    )
    assert (first["calls"], first["failures"], first["open_seconds"]) == (2, 2, 10.0)
    assert first["level"] == "warning"
    failed = written.of("provider.call_failed")
    assert (first["reference"], first["trace_id"]) == (
        failed[0]["reference"],
        failed[0]["trace_id"],
    )


async def test_an_outage_of_an_hour_floods_neither_the_log_nor_the_snapshot(
    telemetry: Telemetry,
) -> None:
    """Waiting for a breaker is told once until something else happens; the list stays short."""
    told = FailureShown(replace(CASES["nobody listens"], before=1), telemetry)
    with log_lines() as written:
        await told.play()
        await told.world.wait(hours=1)
    not_asked = written.of("provider.not_asked")
    failed = written.of("provider.call_failed")
    assert len(not_asked) <= len(failed) + 1
    assert len((await told.shown())["problems"]) <= MOST
    (problem, *_) = (await told.world.seen()).problems["deposit"]
    assert problem.provider == "vendor"

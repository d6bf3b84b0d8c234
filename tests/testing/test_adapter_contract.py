"""The shipped suite passes a good adapter and fails a broken one, whatever is broken."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.testing.till import OneTill, shelf_with
from unshackled import sdk
from unshackled.adapter_registry import AdapterRegistry
from unshackled.sdk import Api, InDoubt, Notice, NotSent, Passed, RawCallback
from unshackled.testing import recordings
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import AdapterHarness
from unshackled.testing.samples import request_for


class TestTill(AdapterContract):
    adapter = "till"
    settings: ClassVar = {"key": "a-secret-key"}
    shelf: ClassVar = shelf_with()


@pytest.mark.parametrize(
    ("flaw", "promise"),
    [
        ("a look-up that cannot be awaited", "test_it_offers_whole_capabilities"),
        ("no way out of doubt", "test_it_declares_a_way_out_of_doubt_for_each_effect"),
        ("a setting without a word", "test_its_settings_say_what_they_are"),
        ("a new key each time", "test_every_operation_passes"),
        ("a word of its own", "test_what_can_be_declined_is_a_value"),
        ("tells its key", "test_errors_tell_no_secrets"),
        ("sees nothing", "test_a_lost_answer_is_found_by_our_reference"),
        ("a new key each time", "test_sending_again_does_nothing_twice"),
        ("undoes by its number only", "test_undoing_needs_the_reference_alone"),
        ("keeps its reference to itself", "test_our_reference_goes_over_the_wire"),
        ("a doubt was not sent", "test_an_answer_that_comes_too_late_is_in_doubt"),
        ("a doubt was not sent", "test_what_was_done_is_never_not_sent"),
        ("what was not sent is a doubt", "test_a_backend_that_is_another_did_nothing"),
        ("what was not sent is a doubt", "test_an_unreachable_backend_did_nothing"),
        ("believes everybody", "test_a_call_believes_only_the_vendor"),
        ("believes everybody", "test_a_look_up_believes_only_the_vendor"),
        ("believes everybody", "test_an_undo_believes_only_the_vendor"),
        ("believes anything", "test_a_call_believes_only_the_vendor"),
        ("takes any answer for nothing", "test_a_look_up_believes_only_the_vendor"),
        ("takes any answer for an undo", "test_an_undo_believes_only_the_vendor"),
        ("a second try that is refused failed", "test_undoing_again_while_reads_lag_is_no_failure"),
        ("a second try that is declined", "test_sending_again_while_reads_lag_is_no_failure"),
        ("finds nothing at once", "test_undoing_what_is_not_found_follows_the_look_up"),
    ],
)
async def test_a_broken_adapter_fails(flaw: str, promise: str) -> None:
    """Each flaw breaks the promise that is about it."""
    with pytest.raises(AssertionError):
        await _keep(flaw, promise)


@pytest.mark.parametrize("flaw", ["a failure is a decline", "believes anything"])
async def test_a_doubt_taken_for_an_outcome_fails(flaw: str) -> None:
    """An adapter that answers where it cannot know is caught."""
    mode = "malformed" if flaw == "believes anything" else "error"
    with pytest.raises(AssertionError, match="answered instead of InDoubt"):
        await _keep(flaw, "test_failures_are_told_apart", mode, InDoubt)


class ForgetsTheNumber(AdapterHarness):
    """An adapter that falls back to a new number."""

    async def send(self, operation: Any, request: Any, call: Any) -> Any:
        return await super().send(operation, dataclasses.replace(request, number=None), call)


async def test_a_silent_fall_back_to_a_new_number_fails() -> None:
    """An adapter that drops half a choice where the number is to be kept is caught."""

    class Suite(AdapterContract):
        adapter = "telco"
        settings: ClassVar = {"api_key": "made-up"}
        bench_type = ForgetsTheNumber

    with pytest.raises(AssertionError, match="answered instead of Refused"):
        await Suite().test_half_a_choice_of_a_number_is_refused()


class Echoes(AdapterHarness):
    """An adapter that tells what it asked for, whatever the vendor said."""

    async def send(self, operation: Any, request: Any, call: Any) -> Any:
        outcome = await super().send(operation, request, call)
        assert isinstance(outcome, Passed)
        asked = {"amount": request.quote.due_today, "currency": request.quote.currency}
        return Passed(output=dataclasses.replace(outcome.output, **asked))


@pytest.mark.parametrize(
    "promise",
    [
        "test_an_amount_that_the_vendor_misread_is_told",
        "test_a_currency_that_the_vendor_misread_is_told",
    ],
)
async def test_an_echo_of_what_was_asked_fails(promise: str) -> None:
    """An adapter that never says what the vendor said hides the difference, and is caught."""

    class Suite(AdapterContract):
        adapter = "psp"
        settings: ClassVar = {
            "api_key": "key_made_up",
            "webhook_secret": "demo-only-psp-webhook-secret",
        }

    await getattr(Suite(), promise)()
    Suite.bench_type = Echoes
    with pytest.raises(AssertionError, match="the answer"):
        await getattr(Suite(), promise)()


async def test_an_undo_that_is_not_repeatable_fails() -> None:
    """An adapter whose undo of nothing is an error is caught."""
    with pytest.raises(sdk.Refused):
        await _keep("an unknown undo fails", "test_undoing_what_never_happened_is_done")


@pytest.mark.parametrize("status", [401, 403, 451])
async def test_a_refusal_taken_for_a_decline_fails(status: int) -> None:
    """A wrong key is no business answer."""
    with pytest.raises(AssertionError, match="answered instead of Refused"):
        await _keep("a refusal is a decline", "test_a_refused_call_is_no_decline", status)


async def test_half_an_answer_that_is_believed_fails() -> None:
    """An adapter that reads only the status is caught."""
    with pytest.raises(AssertionError, match="Passed"):
        await _keep("believes anything", "test_a_truncated_answer_is_in_doubt", "half")


@pytest.mark.parametrize("how", ["half", "broken off"])
async def test_half_an_answer_that_proves_the_contrary_fails(how: str) -> None:
    """An adapter that takes a broken answer for proof that nothing was done is caught."""
    flaw = "a doubt was not sent" if how == "broken off" else "believes anything"
    with pytest.raises((AssertionError, NotSent)):
        await _keep(flaw, "test_a_truncated_answer_is_in_doubt", how)


@pytest.mark.parametrize("flaw", ["logs its key", "prints its key", "traces its key"])
async def test_what_is_told_on_the_side_fails(flaw: str, capfd: pytest.CaptureFixture[str]) -> None:
    """A secret in a log line, on the terminal or in a span is caught."""
    with pytest.raises(AssertionError):
        await _keep(flaw, "test_logs_and_spans_tell_nothing", capfd)


def api(**changes: Any) -> Api:
    made: dict[str, Any] = {"name": "Till", "version": "1", "checked": date(2026, 11, 22)}
    return Api(**(made | {"documents": "https://till.example/docs"} | changes))


def reads(settings: Any, raw: RawCallback) -> Sequence[Notice]:
    return ()


async def receives(client: Any, raw: RawCallback) -> Sequence[Notice]:
    return ()


@pytest.mark.parametrize(
    ("declared", "promise"),
    [
        ({"countries": {"UK"}}, "test_it_says_where_it_may_be_used"),
        ({"currencies": {"GBX"}}, "test_it_says_where_it_may_be_used"),
        ({"hosts": ("https://till.example",)}, "test_it_says_where_it_may_be_used"),
        ({"hosts": ("till",)}, "test_it_says_where_it_may_be_used"),
        ({"api": api(name="")}, "test_it_says_what_it_was_written_against"),
        ({"api": api(version="")}, "test_it_says_what_it_was_written_against"),
        ({"api": api(documents="ftp://till")}, "test_it_says_what_it_was_written_against"),
        ({"api": api(licence="do as you like")}, "test_it_says_what_it_was_written_against"),
        (
            {"api": api(checked=date.today() + timedelta(days=9))},  # noqa: DTZ011
            "test_it_says_what_it_was_written_against",
        ),
        ({"api": api()}, "test_every_exchange_fits_the_vendors_schema"),
        ({"without": {"stock.nothing"}}, "test_what_it_names_is_there"),
        ({"without": {"sim.activate"}}, "test_what_it_names_is_there"),
        ({"dry_runs": {"stock.release"}}, "test_what_it_names_is_there"),
        ({"callback": reads, "receive": receives}, "test_what_it_names_is_there"),
        ({"dry_runs": {"stock.reserve"}}, "test_a_dry_run_does_nothing"),
    ],
)
async def test_a_declaration_that_is_not_true_fails(declared: dict[str, Any], promise: str) -> None:
    """What is no code, no host, no operation, or what is not kept, is caught."""
    with pytest.raises(AssertionError):
        await _keep("", promise, shelf=shelf_with(**declared))


async def test_a_true_declaration_passes() -> None:
    """Real codes and hosts, a way of its own to check, a star for a customer's own name."""
    declared: dict[str, Any] = {
        "countries": {"GB", "JP"},
        "currencies": {"KWD"},
        "hosts": ("*-live.till.example", "api.till.example"),
        "api": api(licence="Apache-2.0"),
    }
    shelf = shelf_with(**declared)
    for promise in (
        "test_it_says_where_it_may_be_used",
        "test_it_says_what_it_was_written_against",
        "test_what_it_names_is_there",
        "test_money_arrives_as_it_was_sent",
    ):
        await _keep("", promise, shelf=shelf)


HOLDS: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/holds": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {
                    "201": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "properties": {"hold": {"type": "string"}},
                                }
                            }
                        }
                    }
                },
            }
        },
        "/holds/{id}": {"get": {"responses": {"200": {}}}},
        "/holds/{id}/release": {"post": {"responses": {"200": {}}}},
    },
}


def placed(tmp_path: Path, name: str, data: Any) -> OneTill:
    """The till with a file in its `contract`."""
    (tmp_path / "contract").mkdir(exist_ok=True)
    (tmp_path / "contract" / name).write_text(json.dumps(data))
    return shelf_with(place=tmp_path, api=api())


async def test_an_exchange_that_is_not_the_vendors_is_told(tmp_path: Path) -> None:
    """A field that the stand-in made up, and a call that the vendor does not have."""
    good = placed(tmp_path, "schema.json", HOLDS)
    suite = await _keep("", "test_every_exchange_fits_the_vendors_schema", shelf=good)
    assert list(suite.mistakes()) == []
    other = json.loads(json.dumps(HOLDS).replace('"hold"', '"held"'))
    del other["paths"]["/holds/{id}/release"]
    bad = placed(tmp_path, "schema.json", other)
    suite = await _keep("", "test_every_exchange_fits_the_vendors_schema", shelf=bad)
    told = "\n".join(suite.mistakes())
    assert "'hold' was unexpected" in told
    assert "/release: the vendor has no such operation" in told


async def recorded(tmp_path: Path) -> dict[str, Any]:
    """A true recording of the till."""
    shelf = shelf_with()
    bench = _suite("", shelf)().bench()
    operation = bench.effects[0]
    made = await recordings.record(
        shelf.adapter,
        bench.settings,
        sdk_transport(bench),
        operation.key,
        request_for(operation),
    )
    return dataclasses.asdict(made)


def sdk_transport(bench: AdapterHarness) -> Any:
    from unshackled.outbound.in_process import in_process

    return in_process(bench.stand_in.app())


async def test_a_recording_must_be_true_and_tell_nothing(tmp_path: Path) -> None:
    """One that is read otherwise now, or that holds a secret or a token, is caught."""
    true = await recorded(tmp_path)
    shelf = placed(tmp_path, "reserve.json", true)
    await _keep("", "test_recordings_replay", shelf=shelf)
    await _keep("", "test_recordings_hold_no_secret", shelf=shelf)
    text = json.dumps(true)
    placed(tmp_path, "reserve.json", json.loads(text.replace("/holds", "/hold")))
    with pytest.raises(AssertionError):
        await _keep("", "test_recordings_replay", shelf=shelf)
    for word in ("a-secret-key", "Bearer abcdefgh12345678", "w.f@mail.com", "4111111111111111"):
        placed(tmp_path, "reserve.json", true | {"currency": word})
        with pytest.raises(AssertionError):
            await _keep("", "test_recordings_hold_no_secret", shelf=shelf)


async def _keep(
    flaw: str, promise: str, *arguments: object, shelf: AdapterRegistry | None = None
) -> AdapterContract:
    suite = _suite(flaw, shelf or shelf_with(flaw))()
    kept = getattr(suite, promise)(*arguments)
    if kept is not None:
        await kept
    return suite


def _suite(flaw: str, on: AdapterRegistry) -> type[AdapterContract]:
    class Broken(AdapterContract):
        adapter = "till"
        settings: ClassVar = {"key": "a-secret-key"}
        shelf: ClassVar = on

    return Broken

"""What is told of a customer of the demo who could not buy."""

from __future__ import annotations

from typing import Any

from unshackled.cli.failure import call_lines, failure, problem_line, standing_lines

STEP = {"name": "deposit", "state": "in_review", "code": "refused", "provider": "psp"}
DONE = {"name": "contact", "state": "passed", "code": None, "provider": None}


def test_a_problem_is_one_line_with_what_is_wrong_and_allowed() -> None:
    """Its fields rather than its detail, and the names that it lists."""
    told = {
        "title": "Some fields are wrong",
        "detail": "Look at errors.",
        "errors": [{"path": "flow", "message": "is not a flow"}],
        "allowed": ["sim-only"],
    }
    assert problem_line(422, told) == (
        "422 Some fields are wrong: flow: is not a flow (allowed: sim-only)"
    )
    lacking = {"title": "No sandbox", "detail": "None.", "providers": ["psp", "kyc"]}
    assert problem_line(409, lacking) == "409 No sandbox: None. (providers: psp, kyc)"


def test_an_answer_that_is_no_problem_is_told_by_its_status() -> None:
    """Whatever a gateway in between wrote."""
    answers: list[Any] = [None, [], "no", {}]
    assert [problem_line(502, one) for one in answers] == ["status 502"] * 4


def test_the_steps_in_the_way_are_named_with_their_provider() -> None:
    """Beside the messages; what is done or untouched is left out."""
    message = {"code": "declined", "path": "$.steps.deposit", "content": "Use another card."}
    checkout = {"status": "incomplete", "messages": [message], "steps": [DONE, STEP]}
    assert standing_lines(checkout) == [
        "the checkout is incomplete",
        "message declined at $.steps.deposit: Use another card.",
        "step deposit: in_review (refused) at psp",
    ]


def test_the_last_calls_that_went_wrong_are_told_once() -> None:
    """What passed, or is still being worked on, is no reason."""
    outcomes = ("passed", "not_sent", "not_sent", "pending", "in_doubt")
    spans = [{"operation": "payment.charge", "provider": "psp", "outcome": one} for one in outcomes]
    assert call_lines(spans) == [
        "call payment.charge at psp: not_sent",
        "call payment.charge at psp: in_doubt",
    ]


def test_who_failed_comes_first_and_why_below() -> None:
    """A line each."""
    assert failure("northstar", "ended canceled", ["a", "b"]) == (
        "northstar: ended canceled\n  a\n  b"
    )

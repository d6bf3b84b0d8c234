"""Where checkouts of the demo's flows are left: what an upgrade in place finds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from tests.golden.stage import AT, OPERATOR, Stage
from unshackled.errors import InDoubt, NotSent, Refused
from unshackled.ports.outcome import Declined, Passed
from unshackled.sdk import Doubt, lookup, manual, ports
from unshackled.testing.backends import HeldCall, LostAnswer, hosted, referred
from unshackled.testing.customer import Customer
from unshackled.testing.samples import sample

NO: Final = Declined(code="declined")
LATER: Final = referred(timedelta(hours=1))
PAGE: Final = hosted(AT + timedelta(hours=3))
GONE: Final = NotSent("connect: nobody answers")
CUT: Final = InDoubt("read: timed out")
BAD: Final = Refused("not like this", code="400")
CREDIT: Final = {
    "handset": "handset-mid",
    "tariff": "sim-50gb",
    "credit": {"plan": "credit-24", "deposit": 4_900},
}
CASH: Final = {"handset": "handset-low", "accessories": ["case-clear"]}
FLOWS: Final[Mapping[str, tuple[str, str, Any]]] = {
    "credit": ("northstar", "handset-on-credit", CREDIT),
    "cash": ("northstar", "handset-on-credit", CASH),
    "upgrade": ("orbit", "upgrade", CREDIT),
    "sim": ("pocket", "sim-only", {"tariff": "sim-20gb"}),
}
Act = Callable[[Stage, Customer], Awaitable[None]]


async def nothing(stage: Stage, customer: Customer) -> None:
    """They look and leave."""


async def first(stage: Stage, customer: Customer) -> None:
    """They send one form."""
    action = customer.next_action()
    assert action is not None
    await customer.act(action)


async def fill(stage: Stage, customer: Customer) -> None:
    """They do all that can be done before the yes."""
    for _ in range(40):
        action = customer.next_action()
        if action is None or action["type"] in ("confirm", "redirect"):
            break
        answer = await customer.act(action)
        assert answer is None or answer.is_success, answer.text
    await stage.clock.spin()


async def buy(stage: Stage, customer: Customer) -> None:
    """They say yes, where they can, once."""
    await fill(stage, customer)
    if customer.checkout["status"] == "ready_for_complete":
        answer = await customer.complete()
        assert answer.is_success, answer.text
    await stage.clock.spin()
    await stage.pause(seconds=1)


async def leave(stage: Stage, customer: Customer) -> None:
    """They fill in everything and cancel."""
    await fill(stage, customer)
    answer = await customer.cancel()
    assert answer.is_success, answer.text
    await stage.clock.spin()
    await stage.pause(seconds=2)


async def change(stage: Stage, customer: Customer) -> None:
    """They fill in everything and drop the credit for a cheaper handset."""
    await fill(stage, customer)
    answer = await customer.patch({"handset": "handset-low", "credit": None})
    assert answer.is_success, answer.text
    await stage.clock.spin()


async def wander(stage: Stage, customer: Customer) -> None:
    """They buy and time passes: something lapses, a deadline ends, it expires."""
    await fill(stage, customer)
    await stage.pause(hours=30)


def operate(step: str, verb: str, act: Act = buy, **body: Any) -> Act:
    """The same, and an operator does something with a step."""

    async def operating(stage: Stage, customer: Customer) -> None:
        await act(stage, customer)
        href = f"/ops/checkouts/{customer.id}/steps/{step}/{verb}"
        said = {"reason": "seen at the provider", **body}
        async with stage.client(OPERATOR) as operator:
            answer = await operator.post(href, json=said)
        assert answer.is_success, answer.text
        await stage.clock.spin()
        await stage.pause(seconds=1)

    return operating


async def requote(stage: Stage, customer: Customer) -> None:
    """They come back when the quote has expired, and send a form."""
    await first(stage, customer)
    await stage.pause(minutes=61)
    await first(stage, customer)


def wait(hours: float, act: Act = buy) -> Act:
    """The same, and some time later."""

    async def waiting(stage: Stage, customer: Customer) -> None:
        await act(stage, customer)
        await stage.pause(hours=hours)

    return waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One checkout: what the providers do, what the customer does, how long ago it began."""

    name: str
    flow: str
    act: Act
    scripts: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    ways: Mapping[str, Doubt] = field(default_factory=dict)
    down: tuple[str, ...] = ()
    ago: timedelta = timedelta(minutes=2)
    package: Any = None
    before: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)


def _everywhere() -> list[Scenario]:
    found = []
    for flow in FLOWS:
        for name, act, script in (
            ("new", nothing, {}),
            ("begun", first, {}),
            ("ready", fill, {}),
            ("completed", buy, {}),
            ("canceled", leave, {}),
            ("identity-declined", fill, {"identity.verify": (NO,) * 3}),
            ("identity-referred", fill, {"identity.verify": (LATER,)}),
            ("identity-hosted", fill, {"identity.verify": (PAGE,)}),
            ("identity-refused", fill, {"identity.verify": (BAD,)}),
            ("order-in-doubt", buy, {"orders.place": (CUT,) * 9}),
        ):
            found.append(Scenario(name=f"{flow}-{name}", flow=flow, act=act, scripts=script))
    return found


def _one(
    name: str, act: Act, operation: str, *script: Any, flow: str = "credit", **more: Any
) -> Scenario:
    return Scenario(name=f"{flow}-{name}", flow=flow, act=act, scripts={operation: script}, **more)


LAPSING: Final = Passed(output=sample(ports.StockReserved), valid_until=AT - timedelta(minutes=30))
LOOKED_UP: Final = {"credit.apply": lookup(), "payment.charge": lookup(), "orders.place": lookup()}
BY_HAND: Final = {"credit.apply": manual(), "payment.charge": manual(), "orders.place": manual()}
SINGLE: Final = (
    _one("credit-declined", fill, "credit.apply", NO),
    _one("credit-referred", fill, "credit.apply", LATER),
    _one("credit-running", fill, "credit.apply", HeldCall(until=asyncio.Event())),
    _one("credit-in-doubt", fill, "credit.apply", *(CUT,) * 9),
    _one("credit-doubt-by-hand", wait(0.01, fill), "credit.apply", CUT, ways=BY_HAND),
    _one("credit-refused", fill, "credit.apply", BAD),
    _one("prequalify-second", fill, "credit.quote", NO),
    _one("prequalify-declined", fill, "credit.quote", NO, NO, NO),
    _one("prequalify-down", fill, "identity.verify", down=("prime-lender", "second-lender")),
    _one("agreement-hosted", fill, "agreement.sign", PAGE),
    _one("agreement-declined", fill, "agreement.sign", NO),
    _one("stock-declined", fill, "stock.reserve", NO),
    _one("stock-lapsed", fill, "stock.reserve", LAPSING, ago=timedelta(hours=1)),
    _one("deposit-declined", buy, "payment.charge", NO),
    _one("deposit-3ds", buy, "payment.charge", PAGE),
    _one("deposit-referred", buy, "payment.charge", LATER),
    _one("deposit-in-doubt", buy, "payment.charge", *(CUT,) * 9),
    _one("deposit-running", buy, "payment.charge", HeldCall(until=asyncio.Event())),
    _one("deposit-by-hand", wait(0.01), "payment.charge", CUT, ways=BY_HAND),
    _one("deposit-refused", buy, "payment.charge", BAD),
    _one("order-lost", buy, "orders.place", LostAnswer(), ways=LOOKED_UP),
    _one("order-not-sent", buy, "orders.place", *(GONE,) * 30),
    _one("order-refused", buy, "orders.place", BAD),
    _one("order-declined", buy, "orders.place", NO),
    _one("order-referred", buy, "orders.place", LATER),
    _one("activation-in-doubt", buy, "credit.activate", *(CUT,) * 9),
    _one("activation-refused", buy, "credit.activate", BAD),
    _one("sim-not-sent", buy, "sim.activate", *(GONE,) * 30),
    _one("sim-referred", buy, "sim.activate", LATER),
    _one("told-in-vain", buy, "notification.send", BAD),
    _one("undo-lost", leave, "credit.withdraw", *(CUT,) * 9),
    _one("undo-down", leave, "stock.release", *(GONE,) * 30),
    _one("undo-refused", leave, "agreement.void", BAD),
    _one("undo-failed", wait(26, leave), "stock.release", *(BAD,) * 99, ago=timedelta(hours=27)),
    _one("changed", change, "stock.reserve"),
    _one("changed-undo-down", change, "credit.withdraw", *(GONE,) * 30),
    _one("expired", wander, "stock.reserve", ago=timedelta(hours=31)),
    _one(
        "credit-timed-out",
        wait(49, fill),
        "credit.apply",
        *(referred(timedelta(hours=6)),) * 99,
        ago=timedelta(hours=50),
    ),
    _one("requoted", requote, "stock.reserve", ago=timedelta(minutes=63)),
    _one(
        "page-renewed",
        wait(0.5, fill),
        "agreement.sign:look_up",
        *(hosted(AT + timedelta(hours=4), "https://provider.example/again"),) * 30,
        ago=timedelta(minutes=40),
        before={"agreement.sign": (PAGE,)},
    ),
    _one("credit-hurried", operate("credit", "retry", fill), "credit.apply", LATER),
    _one(
        "credit-resolved",
        operate(
            "credit",
            "resolve",
            fill,
            verdict="passed",
            output={"application": "app_1", "lender": "Sample Finance"},
        ),
        "credit.apply",
        BAD,
    ),
    _one(
        "undo-retried",
        operate("agreement", "resolve", leave, verdict="retry"),
        "agreement.void",
        BAD,
        CUT,
        CUT,
    ),
    _one(
        "traded-in",
        buy,
        "stock.reserve",
        package={
            **CREDIT,
            "trade_in": {"imei": "490154203237518", "model": "Fern 6", "grade": "good"},
            "accessories": ["case-clear"],
        },
    ),
    _one(
        "ineligible",
        fill,
        "credit.standing",
        Passed(output=sample(ports.AgreementStanding, repayments_made=3)),
        flow="upgrade",
    ),
    _one("settle-in-doubt", buy, "credit.settle", *(CUT,) * 9, flow="upgrade"),
    _one("trade-in-declined", buy, "trade_in.accept", NO, flow="upgrade"),
    _one("mandate-hosted", buy, "mandate.set_up", PAGE, flow="sim"),
    _one("mandate-declined", buy, "mandate.set_up", NO, flow="sim"),
    _one("mandate-in-doubt", buy, "mandate.set_up", *(CUT,) * 9, flow="sim"),
)
SCENARIOS: Final = (*_everywhere(), *SINGLE)

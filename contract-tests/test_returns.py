"""Goods that come back, and lines that are closed, at the stand-ins: by their own counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from unshackled.domain.records import replace
from unshackled.ports import all_operations
from unshackled.sdk import Declined, Passed, Pending, Refused
from unshackled.sdk.ports import CaseLine, CaseRequest, OrderPlaced, SimActivated
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled.testing.contract.base import Suite
from unshackled.testing.samples import HANDSET, sample

OPS = all_operations()
RETURN, PLACE, STOP = OPS["orders.accept_return"], OPS["orders.place"], OPS["sim.stop"]
SECRETS = {
    "commerce": {"api_key": "key_made_up"},
    "legacy_shop": {"user": "web", "password": "demo-shop-password"},
    "telco": {"api_key": "key_made_up"},
    "legacy_bss": {"password": "demo-only"},
}
SHOPS = ("commerce", "legacy_shop")
NETWORKS = ("telco", "legacy_bss")
CASE = sample(CaseRequest)
WHOLE = (
    CaseLine(part="handset", sku=HANDSET.sku, quantity=1, amount=HANDSET.price),
    CASE.lines[0],
    CaseLine(part="delivery", sku=None, quantity=1, amount=500),
    CaseLine(part="tariff", sku="sim-50gb", quantity=1, amount=0),
)


class Desk(AdapterHarness):
    """A sale, and what comes back of it."""

    async def back(self, *lines: CaseLine, reference: str | None = None) -> Any:
        """Ask for a return of these lines."""
        case = replace(CASE, lines=lines, amount=sum(one.amount for one in lines))
        request = replace(await self.prepare(RETURN), case=case)
        call = self.call(RETURN, **({"reference": reference} if reference else {}))
        return await self.send(RETURN, request, call), call

    async def post(self, path: str, **data: str) -> int:
        """A control of the stand-in; its status."""
        transport = httpx.ASGITransport(self.stand_in.app())
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as web:
            return (await web.post(path, json=data)).status_code

    def later(self, days: int) -> None:
        """Time goes on."""
        at = datetime.now(UTC) + timedelta(days=days)
        self.stand_in.now = lambda: at


def desk(name: str) -> Desk:
    """A fresh bench of an adapter."""

    class Sold(Suite):
        adapter = name

    suite = Sold()
    adapter = suite.declared()
    settings = adapter.settings.model_validate({"base_url": BASE_URL, **SECRETS[name]})
    return Desk(adapter=adapter, stand_in=suite.stand_in(), settings=settings)


@pytest.mark.parametrize("name", SHOPS)
async def test_a_whole_order_comes_back(name: str) -> None:
    """Goods and what else was paid for it add up to the case, by the shop's own sum."""
    shop = desk(name)
    outcome, _ = await shop.back(*WHOLE)
    assert isinstance(outcome, Passed)
    whole = sum(one.amount for one in WHOLE)
    assert (outcome.output.amount, outcome.output.currency) == (whole, "GBP")
    (entry,) = shop.stand_in.done(RETURN.key)
    assert entry["amount"] == whole


@pytest.mark.parametrize("name", SHOPS)
async def test_what_came_back_is_on_the_shelf_again(name: str) -> None:
    """It can be reserved and ordered anew; what did not come back cannot be returned twice."""
    shop = desk(name)
    for line in WHOLE[:2]:
        outcome, _ = await shop.back(line)
        assert isinstance(outcome, Passed)
    with pytest.raises(Refused):
        await shop.back(WHOLE[0])
    shop.history.clear()
    assert isinstance((await shop.back(WHOLE[0]))[0], Passed)


@pytest.mark.parametrize("name", SHOPS)
async def test_goods_that_never_come_are_not_returned(name: str) -> None:
    """Waited for until the day that is told; they may be announced again then."""
    shop = desk(name)
    shop.stand_in.play("refer", RETURN.key, times=1)
    outcome, call = await shop.back(WHOLE[1])
    assert isinstance(outcome, Pending)
    assert outcome.due_by is not None
    assert timedelta(days=13) < outcome.due_by - datetime.now(UTC) <= timedelta(days=14)
    assert isinstance(await shop.look_up(RETURN, call), Pending)
    shop.later(days=15)
    assert await shop.look_up(RETURN, call) == Declined(code="not_returned")
    assert shop.stand_in.done(RETURN.key) == []
    assert isinstance((await shop.back(WHOLE[1]))[0], Passed)


async def test_goods_arrive_at_the_platform_when_somebody_says_so() -> None:
    """A control of the stand-in: received once, and nothing else."""
    shop = desk("commerce")
    shop.stand_in.play("refer", RETURN.key, times=1)
    _, call = await shop.back(WHOLE[1])
    assert await shop.post("/_returns/RMA-000001", state="lost") == 404
    assert await shop.post("/_returns/RMA-000001", state="received") == 200
    assert await shop.post("/_returns/RMA-000001", state="received") == 404
    assert isinstance(await shop.look_up(RETURN, call), Passed)
    assert len(shop.stand_in.done(RETURN.key)) == 1


async def test_the_platform_pays_no_more_for_goods_than_their_price() -> None:
    """A line that is worth more than it was sold at is about us."""
    dear = replace(WHOLE[1], amount=WHOLE[1].amount + 1)
    with pytest.raises(Refused):
        await desk("commerce").back(dear)


@pytest.mark.parametrize("name", SHOPS)
async def test_an_order_that_nobody_knows_takes_nothing_back(name: str) -> None:
    """Neither one that was cancelled, nor one that is erased."""
    shop = desk(name)
    await shop.run(PLACE)
    await shop.undo(PLACE, shop.history[PLACE.key])
    with pytest.raises(Refused):
        await shop.back(WHOLE[1])
    request = replace(await shop.prepare(RETURN), order=None)
    with pytest.raises(Refused) as refused:
        await shop.send(RETURN, request, shop.call(RETURN, follows=None))
    assert refused.value.code == "no_order"
    known = replace(request, order=OrderPlaced(order="NO-SUCH-ORDER"))
    with pytest.raises(Refused):
        await shop.send(RETURN, known, shop.call(RETURN, follows=None))


@pytest.mark.parametrize("name", NETWORKS)
async def test_a_line_is_closed_by_what_the_sale_told(name: str) -> None:
    """By its own output, or by that of the call that it follows; without one nothing is sent."""
    network = desk(name)
    request = await network.prepare(STOP)
    erased = replace(request, activated=None)
    outcome = await network.run(STOP, request=erased)
    assert isinstance(outcome, Passed)
    assert outcome.output.subscription == request.activated.subscription
    assert outcome.output.ends_on is not None
    before = len(network.tape.exchanges)
    with pytest.raises(Refused) as refused:
        await network.send(STOP, erased, network.call(STOP, follows=None))
    assert refused.value.code == "no_line"
    assert len(network.tape.exchanges) == before


@pytest.mark.parametrize("name", NETWORKS)
async def test_a_line_that_nobody_has_is_not_closed(name: str) -> None:
    """A person looks."""
    network = desk(name)
    request = await network.prepare(STOP)
    nobodys = replace(request, activated=sample_line())
    with pytest.raises(Refused):
        await network.send(STOP, nobodys, network.call(STOP))
    assert network.stand_in.done(STOP.key) == []


def sample_line() -> SimActivated:
    """A line of another network."""
    return SimActivated(subscription="SUB-999999", msisdn="+447700900999")

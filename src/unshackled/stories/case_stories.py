"""After the sale: withdrawal from credit, in time and too late; a return of a part."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Final

from unshackled.domain.credit_withdrawal import interest_until
from unshackled.stories.narrator import ZONE
from unshackled.stories.story import Scene, Story

RATE: Final = Decimal("14.9")
INTEREST_FREE: Final = {"plan": "credit-24-0", "deposit": 4_900}
CREDIT: Final = {"plan": "credit-36-14.9", "deposit": 9_900}


async def _withdrawal(scene: Scene) -> None:
    customer = await scene.buys("handset-on-credit", {"handset": "handset-pro", "credit": CREDIT})
    await scene.stage.days(13)
    scene.tell.line("withdraws from the credit, 13 days after the agreement")
    case = await scene.opens(customer, "withdrawals", by_customer=True)
    owed = case["money"]
    scene.tell.line(
        f"owes the lender {scene.money(owed['owed'])} by {owed['repay_by']},"
        f" {scene.money(owed['interest'])} of it interest so far;"
        f" each day more costs {owed['interest_by_day']}p"
    )
    today = (await scene.stage.days(7)).astimezone(ZONE).date()
    capital = owed["owed"] - owed["interest"]
    interest = interest_until(capital, RATE, today - timedelta(days=20), today)
    await scene.repays(customer, capital + interest)
    await scene.stage.days(1)
    await scene.ends(case)
    await scene.papers(customer)


async def _late_withdrawal(scene: Scene) -> None:
    customer = await scene.buys("handset-on-credit", {"handset": "handset-pro", "credit": CREDIT})
    await scene.stage.days(15)
    scene.tell.line("wants to withdraw from the credit, 15 days after the agreement")
    await scene.is_refused(customer, "withdrawals")
    await scene.papers(customer)


async def _partial_return(scene: Scene) -> None:
    package = {"handset": "handset-mid", "accessories": ["case-clear", "charger-30w"]}
    customer = await scene.buys("handset-on-credit", package)
    await scene.stage.days(5)
    case = await scene.opens(
        customer, "returns", {"lines": [{"part": "accessories", "sku": "case-clear"}]}
    )
    scene.tell.line("sends the case back")
    await scene.ends(case)
    await scene.papers(customer)


async def _whole_return(scene: Scene) -> None:
    package = {"handset": "handset-mid", "tariff": "sim-50gb", "credit": INTEREST_FREE}
    customer = await scene.buys("handset-on-credit", package)
    await scene.stage.days(10)
    await scene.pays_instalments(customer, 1)
    scene.tell.line("sends everything back: credit and line end with it")
    await scene.ends(await scene.opens(customer, "returns", {"reason": "changed_mind"}))
    await scene.papers(customer)


CASE_STORIES: Final = (
    Story(
        name="withdrawal",
        title="The customer withdraws from the credit on day 13, and keeps the phone",
        retailer="northstar",
        play=_withdrawal,
    ),
    Story(
        name="late-withdrawal",
        title="The same on day 15: too late",
        retailer="northstar",
        play=_late_withdrawal,
    ),
    Story(
        name="partial-return",
        title="A return of a part of what was bought",
        retailer="northstar",
        play=_partial_return,
    ),
    Story(
        name="whole-return",
        title="Everything comes back on day 10: phone, credit, SIM, and an instalment paid early",
        retailer="northstar",
        play=_whole_return,
    ),
)

"""An upgrade in month 12: its device is worth less than was said, or never comes."""

from __future__ import annotations

from typing import Any, Final

from unshackled.stories.story import Scene, Story
from unshackled.testing.customer import Customer

Json = Any
# At the stand-in lender, the two digits after the first say how many repayments were made.
MONTH_12: Final = "AGR-212007"
IMEI: Final = "490154203237518"
NEVER_SENT: Final = "960154203237519"
PACKAGE: Final = {
    "handset": "handset-pro",
    "credit": {"plan": "credit-24-0", "deposit": 4_900},
}


async def _upgrades(scene: Scene, imei: str) -> Customer:
    """Buys the new phone, and promises to send the old one."""
    customer = await scene.buys(
        "upgrade",
        PACKAGE,
        existing_agreement={"agreement": MONTH_12},
        device_return={"imei": imei},
    )
    scene.tell.line("the old agreement is settled, the old phone is to be sent")
    return customer


async def _graded_down(scene: Scene) -> None:
    await scene.stage.tells_backend(f"recycler/_inspections/{IMEI}", {"condition": "C"})
    customer = await _upgrades(scene, IMEI)
    case = await scene.case_asks(customer, "trade_in-1", "answer")
    scene.tell.line(f"reads: {case['trade_in']['content']}")
    await scene.answers(customer, case, "answer", {"accept": True})
    scene.tell.line("takes the lower value")
    await _told(scene, customer)


async def _never_comes(scene: Scene) -> None:
    customer = await _upgrades(scene, NEVER_SENT)
    await scene.stage.days(22)
    await _told(scene, customer)


async def _told(scene: Scene, customer: Customer) -> None:
    """What is left to pay for the device, how it is paid, and the books after it."""
    case = await scene.case_once(customer, "trade_in-1", "charge")
    scene.tell.line(f"reads: {case['trade_in']['content']}")
    scene.tell.line(f"the card is charged {scene.money(case['trade_in']['on_card'])}")
    await scene.papers(customer)


UPGRADE_STORIES: Final = (
    Story(
        name="graded-down",
        title="An upgrade in month 12; the old phone is worth less than was said",
        retailer="orbit",
        play=_graded_down,
    ),
    Story(
        name="never-arrives",
        title="The same, and the old phone never arrives",
        retailer="orbit",
        play=_never_comes,
    ),
)

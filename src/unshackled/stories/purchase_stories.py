"""Three purchases: credit without and with interest, and a SIM that keeps its number."""

from __future__ import annotations

from typing import Any, Final

from unshackled.stories.story import Scene, Story

Json = Any


async def _without_interest(scene: Scene) -> None:
    customer = await scene.buys(
        "handset-on-credit",
        {
            "handset": "handset-mid",
            "tariff": "sim-50gb",
            "credit": {"plan": "credit-24-0", "deposit": 4_900},
        },
    )
    await scene.papers(customer)


async def _with_interest(scene: Scene) -> None:
    customer = await scene.buys(
        "handset-on-credit",
        {"handset": "handset-pro", "credit": {"plan": "credit-36-14.9", "deposit": 9_900}},
    )
    await scene.papers(customer)


async def _number_brought_along(scene: Scene) -> None:
    customer = await scene.buys(
        "sim-only",
        {"tariff": "sim-20gb"},
        number={"keep_number": True, "current_number": "07700900123", "pac": "ABC123456"},
    )
    _tell_line(scene, (await customer.read())["fulfilment"]["lines"][0])
    await scene.stage.days(3)
    await scene.stage.until(customer, lambda seen: bool(seen["settled"]))
    scene.tell.line("has the old number on the new SIM")
    await scene.papers(customer)


def _tell_line(scene: Scene, line: Json) -> None:
    """What the customer has of the line that went live."""
    until = f", {line['temporary_number']} until then" if line["temporary_number"] else ""
    day = f" from {line['port_date']} on{until}" if line["port_date"] else ""
    scene.tell.line(f"the number is {line['msisdn']}{day}")
    scene.tell.line(f"the eSIM {line['iccid']} is loaded with {line['activation_code']}")


PURCHASE_STORIES: Final = (
    Story(
        name="interest-free",
        title="A phone on credit at 0 % over 24 months, with a SIM",
        retailer="northstar",
        play=_without_interest,
    ),
    Story(
        name="with-interest",
        title="A phone on credit at 14.9 % over 36 months, without a SIM",
        retailer="northstar",
        play=_with_interest,
    ),
    Story(
        name="keep-number",
        title="A SIM only, with the number of before",
        retailer="pocket",
        play=_number_brought_along,
    ),
)

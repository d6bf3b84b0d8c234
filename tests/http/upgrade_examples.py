"""What a retailer's server asks about upgrades, for the examples of the API documents."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Protocol

import httpx

from tests.extension.shop import Shop
from unshackled.adapter_registry import find
from unshackled.domain.records import replace
from unshackled.http.upgrades.eligibility_service import PATH
from unshackled.ports.credit import AgreementStanding
from unshackled.ports.outcome import Passed
from unshackled.testing.samples import NOW, sample

FLOWS: Final = Path(__file__).parents[2] / "flows"
DEVICE: Final = {"imei": "490154203237518", "model": "Fern 6", "grade": "good"}
# The lender has a figure for the day that it is asked about.
STANDING: Final = replace(
    sample(AgreementStanding),
    agreement="AGR-100001",
    settles_on=NOW.date() + timedelta(days=28),
)


class Notebook(Protocol):
    """Keeps what was sent and answered."""

    def add(self, operation: str, response: httpx.Response) -> httpx.Response:
        """Keep an answer, and the request where it was a good one."""


async def upgrade(notes: Notebook) -> None:
    """An upgrade that is open, the same asked again, and what is refused; on the shipped flows."""
    shop = Shop(FLOWS, find())
    headers = {"Authorization": f"Bearer {await shop.key('orbit')}"}
    sent: dict[str, Any] = {"flow": "upgrade", "agreement": "AGR-100001", "device": DEVICE}

    async def ask(body: dict[str, Any]) -> httpx.Response:
        return notes.add("askUpgrade", await shop.api.post(PATH, json=body, headers=headers))

    standing = Passed(output=STANDING)
    shop.backends.script("credit.standing", standing, standing)
    made = await ask(sent)
    await ask(sent)
    notes.add("getUpgrade", await shop.api.get(made.headers["Location"], headers=headers))
    notes.add("getUpgrade", await shop.api.get(f"{PATH}/elg_none", headers=headers))
    notes.add("askUpgrade", await shop.api.post(PATH, json={**sent, "flow": "no"}, headers=headers))
    await shop.close()

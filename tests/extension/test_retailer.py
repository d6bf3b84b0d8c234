"""Adding a retailer is one file."""

import shutil
from pathlib import Path

from tests.extension.conftest import EXAMPLE
from tests.extension.shop import Shop
from unshackled.adapter_registry import find


async def test_a_retailer_is_one_file(flows: Path) -> None:
    """A file dropped among the flows is proved with the rest, and its customer buys."""
    shutil.copy(EXAMPLE / "harbor.yaml", flows)
    shop = Shop(flows, find())
    assert {"harbor", "northstar", "orbit", "pocket"} == set(shop.book.retailers)
    customer = await shop.begin("harbor", "sim-only", {"tariff": "sim-50gb"})
    bought = await customer.buy()
    assert bought["status"] == "completed"
    assert [one.provider for one in shop.backends.standing("sim.activate")] == ["telco"]
    await shop.close()

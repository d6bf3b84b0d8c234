"""The legacy drill, short: a shop moves to another backend while it sells, and that one breaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from unshackled.proving.drill.acts import DrillPlan
from unshackled.proving.drill.drill_run import run


@pytest.mark.timeout(600)
async def test_a_shop_moves_while_it_sells_and_nobody_notices(tmp_path: Path) -> None:
    """Cut back by itself, no checkout fails, the fault is named, and in the end all have moved."""
    told: list[str] = []
    found = await run(DrillPlan(seed=3, folder=tmp_path, seconds=14), told.append)
    assert found.all_hold, "\n".join([*told, *found.lines()])
    acts = {one.name: one for one in found.acts}
    assert acts["50 %"].new >= 8
    assert (acts["mended"].new, acts["100 %"].old) == (0, 0)
    assert found.doubts + found.moved >= 1, "the fault struck nobody"
    assert any(
        field["field"].endswith(".price") for pair in found.parity for field in pair["fields"]
    )

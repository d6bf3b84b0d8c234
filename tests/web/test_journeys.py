"""The pages in a real browser against a real service, and the units of their code."""

from __future__ import annotations

import pytest

from scripts.web.journeys import run_journeys
from scripts.web.node import install_packages, run_node


@pytest.mark.timeout(420)
def test_customers_of_every_demo_retailer_buy_in_a_real_browser() -> None:
    """Raises with what the runner wrote where a journey fails; each of them is named there."""
    said = run_journeys(folders=("short",))
    assert "fail 0" in said
    for retailer in ("northstar", "pocket", "orbit"):
        assert f"a customer of {retailer} buys" in said


@pytest.mark.timeout(120)
def test_the_units_of_the_pages_hold() -> None:
    """Vitest runs every `*.test.ts` of `web/`."""
    install_packages()
    assert "failed" not in run_node(["node_modules/vitest/vitest.mjs", "run"])

"""What the pure core of a checkout costs, as docs/performance.md states it."""

import re
from pathlib import Path

from benchmarks.core import Core, calls

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


def test_the_core_calls_no_more_than_the_page_says() -> None:
    """Over 5 % more is either mended or said; what is counted does not depend on the machine."""
    said = re.search(r"([\d,]+) calls of functions", PAGE.read_text(encoding="utf-8"))
    assert said is not None
    stated = int(said[1].replace(",", ""))
    assert stated * 0.8 < calls(Core()) <= stated * 1.05

"""The pages' own labels: each is used, and each language has every one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"
LABEL = re.compile(r'^  (\w+):\s*"', re.MULTILINE)
# Labels whose names are words of the API, put together or looked up: parts, states of stock.
BY_THE_API = re.compile(r"without_\w+|in_stock|low|out_of_stock")
CATALOGUES = ("shared", "shop", "ops")


def code() -> str:
    """Every source of the pages but the catalogues themselves."""
    files = [path for folder in (*CATALOGUES, "checkout") for path in (WEB / folder).rglob("*.ts*")]
    return "\n".join(path.read_text() for path in files if path.name != "words.ts")


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_every_label_is_used_and_is_in_both_languages(catalogue: str) -> None:
    """What no page says any more is not translated for ever."""
    names = LABEL.findall((WEB / catalogue / "words.ts").read_text())
    assert len(names) > 40
    assert {name for name in names if names.count(name) != 2} == set()
    used = set(re.findall(r"\w+", code()))
    assert [one for one in {*names} - used if not BY_THE_API.fullmatch(one)] == []

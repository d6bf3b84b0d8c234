"""Every kind of mistake is caught at load, by name, at its line, with what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.flow.amount_mistakes import AMOUNTS
from tests.flow.files import marked_line, mistakes, steps
from tests.flow.mistake_cases import FILES, STEPS
from unshackled.flow.language.diagnostics import CODES

CASES: list[tuple[str, str, Mapping[str, str]]] = [
    *((code, said, {"acme.yaml": steps(changes)}) for code, said, changes in STEPS),
    *FILES,
    *AMOUNTS,
]


@pytest.mark.parametrize(
    ("code", "said", "files"),
    CASES,
    ids=[f"{code}-{number}" for number, (code, _, _) in enumerate(CASES)],
)
def test_mistake_is_caught_by_name(
    tmp_path: Path, code: str, said: str, files: Mapping[str, str]
) -> None:
    """The mistake has its code, its line, and says what is wrong or allowed."""
    found = mistakes(tmp_path, files)
    told = [m for m in found if m.code == code and said in m.message]
    assert told, [str(mistake) for mistake in found]
    lines = {f"flows/{name}": marked_line(text) for name, text in files.items()}
    for mistake in told:
        if lines.get(mistake.file):
            assert mistake.line == lines[mistake.file], str(mistake)


def test_every_code_has_a_case() -> None:
    """No kind of mistake is without a flow that makes it."""
    elsewhere = {"missing_literal", "unknown_retailer", "implied_cycle"}
    # Programmes are a retailer's: tests/upgrades has their mistakes.
    elsewhere |= {"upgrade_not_read", "upgrade_not_settled", "upgrade_settled_twice"}
    elsewhere |= {"upgrade_not_inspected", "upgrade_waits_otherwise"}
    elsewhere |= {"charged_before_dispatch"}  # of a market that there is only in its test
    assert {code for code, _, _ in CASES} | elsewhere == set(CODES)

"""The table of problems: complete, and documented."""

import re
from pathlib import Path

from unshackled.http.problem_types import PROBLEMS

ROOT = Path(__file__).parents[2]


def codes_in(folder: str, pattern: str) -> set[str]:
    return {
        code
        for path in (ROOT / "src/unshackled" / folder).rglob("*.py")
        for code in re.findall(pattern, path.read_text(encoding="utf-8"))
    }


def test_every_rejection_of_the_engine_has_a_row() -> None:
    """Whatever `decide` can refuse is a problem of its own."""
    assert codes_in("flow", r'Rejected\(\s*"(\w+)"') <= set(PROBLEMS)


def test_every_row_is_used() -> None:
    """No problem is documented that nobody can meet."""
    used = codes_in("flow", r'Rejected\(\s*"(\w+)"')
    used |= codes_in("domain", r'\.refused\(\s*"(\w+)"')
    used |= codes_in("http", r'(?:Problem|Rejected|_challenge)\(\s*"(\w+)"')
    assert set(PROBLEMS) == used


def test_addresses_are_their_own() -> None:
    """Two rows never share an address, and titles say different things."""
    assert len({kind.uri for kind in PROBLEMS.values()}) == len(PROBLEMS)
    assert len({kind.title for kind in PROBLEMS.values()}) == len(PROBLEMS)


def test_every_problem_is_in_the_documentation() -> None:
    """docs/problems.md has each row, word for word."""
    text = (ROOT / "docs/problems.md").read_text(encoding="utf-8")
    for kind in PROBLEMS.values():
        assert f"| `{kind.uri}` | {kind.status} | {kind.title} | {kind.help} |" in text
    assert text.count("| `/problems/") == len(PROBLEMS)

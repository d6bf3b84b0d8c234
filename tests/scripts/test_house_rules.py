"""Each house rule finds the mistake it is there for, and the repository keeps them all."""

import subprocess
from pathlib import Path

import pytest

from scripts import house_rules

LONG_FUNCTION = "def f() -> None:\n" + "    print()\n" * 61
MISTAKES = {
    "names the host of a package registry": ("docs/a.md", "see pyp" + "i.org\n"),
    "names a path of somebody's machine": ("docs/a.md", "cd /wor" + "k/main\n"),
    "a lock must carry no address": ("requirements/a.txt", "--index-url https://example\n"),
    "left for later": ("src/a.py", "x = 1  # TOD" + "O\n"),
    "401 lines, at most 400": ("tests/a.py", "\n" * 401),
    "f has 61 lines": ("adapters/a.py", LONG_FUNCTION),
    "test_a has no sentence": ("tests/a.py", "def test_a() -> None:\n    assert 1\n"),
    "write a fake": ("tests/a.py", "def f(monkeypatch):\n    monkeypatch." + "setattr('a', 1)\n"),
    "mend the test": ("tests/a.py", "import pytest\npytest." + "skip('x')\n"),
    "median file": ("src/a.py", "\n" * 101),
    "more than a tenth": ("src/a.py", "def f() -> None:\n" + "    print()\n" * 26),
}


@pytest.mark.parametrize("finding", MISTAKES, ids=str)
def test_a_broken_rule_is_found(finding: str, tmp_path: Path) -> None:
    """A file with one planted mistake is reported by name."""
    name, text = MISTAKES[finding]
    path = tmp_path / name
    path.parent.mkdir()
    path.write_text(text)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    assert any(finding in line for line in house_rules.check(tmp_path))


def test_a_clean_tree_has_no_findings(tmp_path: Path) -> None:
    """Code that keeps the rules is not reported."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/a.py").write_text('def test_a() -> None:\n    """It holds."""\n')
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    assert list(house_rules.check(tmp_path)) == []

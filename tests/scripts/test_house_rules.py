"""Each house rule finds the mistake it is there for, and the repository keeps them all."""

import ast
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
    "a statement of SQL": ("src/a.py", 'X = "SELECT id FROM t WHERE a = ?"\n'),
    "`found` says what happened": ("src/a.py", "def f(found: int) -> None: ...\n"),
    "`told` says what happened": ("src/a.py", "class A:\n    told: int\n"),
    "`kept` says what happened": ("src/a.py", "def f(a: object) -> None:\n    a.kept = 1\n"),
    "`Held` says what happened": ("adapters/a/fake.py", "class Held: ...\n"),
    "`MADE` says what happened": ("src/a.py", "MADE = 1\n"),
    "median file": ("src/a.py", "\n" * 101),
    "more than a tenth": ("src/a.py", "def f() -> None:\n" + "    print()\n" * 26),
}


@pytest.mark.parametrize("finding", MISTAKES, ids=str)
def test_a_broken_rule_is_found(finding: str, tmp_path: Path) -> None:
    """A file with one planted mistake is reported by name."""
    name, text = MISTAKES[finding]
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    assert any(finding in line for line in house_rules.check(tmp_path))


def test_a_clean_tree_has_no_findings(tmp_path: Path) -> None:
    """Code that keeps the rules is not reported."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/a.py").write_text('def test_a() -> None:\n    """It holds."""\n')
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    assert list(house_rules.check(tmp_path)) == []


@pytest.mark.parametrize(
    "statement",
    [
        "\n    INSERT INTO t (a) VALUES (?)",
        "INSERT OR REPLACE INTO t VALUES (1)",
        "UPDATE t SET a = 1",
        "DELETE FROM t WHERE a = 1",
        "CREATE TABLE IF NOT EXISTS t (a TEXT)",
        "CREATE UNIQUE INDEX i ON t (a)",
        "WITH w AS (SELECT 1) SELECT * FROM w",
        "SELECT a,\n  b\nFROM t",
    ],
)
def test_sql_is_found_outside_the_stores_alone(statement: str) -> None:
    """Also in an f-string; the stores, tests and benchmarks may have it, and English is none."""
    for form in (f"X = {statement!r}\n", f"X = f{statement + '{Y}'!r}\n"):
        tree = ast.parse(form)
        for name in ("src/unshackled/events/a.py", "adapters/a.py"):
            assert len(list(house_rules.tree_findings(name, tree))) == 1
        for name in ("src/unshackled/store/sql/a.py", "benchmarks/a.py", "tests/a.py"):
            assert list(house_rules.tree_findings(name, tree)) == []
    columns = ast.parse('X = f"SELECT {COLUMNS} FROM t"\n')
    assert len(list(house_rules.tree_findings("src/a.py", columns))) == 1
    english = ast.parse('"""Select a plan from the list. Update it."""\nX = "update a from b"\n')
    assert list(house_rules.tree_findings("src/a.py", english)) == []


@pytest.mark.parametrize(
    ("first", "second", "finding"),
    [
        ("src/a/one.py", "src/b/one.py", "a module one"),
        ("src/a/one.py", "src/b/two.py", "a class Thing"),
        ("src/steps/one.py", "src/ports/one.py", "a class Thing"),
    ],
)
def test_a_name_has_one_meaning(first: str, second: str, finding: str, tmp_path: Path) -> None:
    """A public class or a module that is there twice is found, wherever the two are."""
    for name in (first, second):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("class Thing: ...\n")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    findings = list(house_rules.check(tmp_path))
    assert any(finding in line for line in findings)
    assert ("a module one" in str(findings)) == (finding == "a module one")

"""What a user can mend is one line and an exit code, never a traceback."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.cli.shell import ROOT, told
from unshackled import __version__
from unshackled.adapter_registry import find
from unshackled.store.sqlite.schema import STEPS

COMMANDS = (
    *("serve", "sandbox", "up", "demo", "openapi", "migrate"),
    *("adapters", "flows", "keys", "lender", "ops"),
)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Without arguments the same list is shown, as a wrong call."""
    shown = told(capsys, "--help")
    assert shown.code == 0
    assert [name for name in COMMANDS if f" {name} " not in shown.out] == []
    assert told(capsys).code == 2


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` prints it alone."""
    assert told(capsys, "--version").out == f"{__version__}\n"


def test_the_installed_command_is_this_one() -> None:
    """The script of the package and `python -m unshackled` are one function."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {"unshackled": "unshackled.cli:main"}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("bogus",), "No such command 'bogus'"),
        (("serve", "--port", "many"), "'--port'"),
        (("sandbox", "--port", "70000"), "'--port': 70000 is not in the range 0<=x<=65535"),
        (("up", "--sandbox-port", "-1"), "'--sandbox-port': -1 is not in the range 0<=x<=65535"),
        (("flows", "graph", "nobody/nothing"), "allowed are northstar/handset-on-credit"),
        (("flows", "check", "/no/such/folder"), "no_flows"),
        (("demo", "--retailer", "nobody"), "allowed are northstar"),
        (("demo", "--url", "http://127.0.0.1:9"), "no server in demo mode answers there"),
        (("openapi",), "--write FOLDER or --check FOLDER"),
        (("keys", "create", "--retailer", "nobody"), "allowed are northstar, orbit, pocket"),
        (("keys", "create", "--retailer", "orbit", "--scope", "all"), "checkouts:read"),
        (("keys", "revoke", "nokey"), "no key has the id 'nokey'"),
        (("ops", "list", "--retailer", "orbit", "--key", "k", "--url", "ftp://x"), "--url"),
        (
            ("ops", "list", "--retailer", "orbit", "--key", "k", "--url", "http://127.0.0.1:9"),
            "http://127.0.0.1:9: ",
        ),
    ],
)
def test_a_wrong_call_says_what_is_allowed(
    arguments: tuple[str, ...],
    complaint: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On standard error, with an exit code of 1 or 2 and no traceback."""
    monkeypatch.setenv("UNSHACKLED_STORE", "memory:")
    monkeypatch.chdir(ROOT)
    seen = told(capsys, *arguments)
    assert seen.code in (1, 2)
    assert complaint in seen.err
    assert "Traceback" not in seen.err
    assert seen.out == ""


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("UNSHACKLED_STORE", "mysql://db", "UNSHACKLED_STORE: allowed are memory:"),
        ("UNSHACKLED_STOER", "memory:", "UNSHACKLED_STOER: no such setting; there are"),
        ("UNSHACKLED_STORE", "sqlite:////proc/none/x.db", "UNSHACKLED_STORE: "),
    ],
)
def test_a_wrong_environment_is_named(
    name: str,
    value: str,
    complaint: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The variable, and what is allowed."""
    monkeypatch.setenv(name, value)
    seen = told(capsys, "migrate")
    assert (seen.code, seen.out) == (2, "")
    assert complaint in seen.err


def test_migrate_makes_the_store(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice is as good as once."""
    monkeypatch.setenv("UNSHACKLED_STORE", f"sqlite:///{tmp_path / 'x.db'}")
    for _ in range(2):
        assert f"schema {len(STEPS)}, current" in told(capsys, "migrate").out
    assert (tmp_path / "x.db").exists()


def test_every_adapter_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """With its title and capabilities, and the way out of doubt of each effect."""
    lines = told(capsys, "adapters", "list").out.splitlines()
    assert [line.split()[0] for line in lines if line[0] != " "] == list(find().names)
    assert next(line for line in lines if line.startswith("psp")).split()[-1] == "payment"
    shop = lines[next(at for at, line in enumerate(lines) if line.startswith("legacy_shop")) :]
    ways = dict(line.split(maxsplit=1) for line in shop[1:8])
    assert ways["catalogue.browse"] == "query"
    assert ways["orders.place"] == "look up by our reference, then a person"
    assert ways["stock.release"] == "undo, sent until it is done"


def test_the_committed_api_documents_are_current(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` fails where a document is missing or another, and `--write` mends it."""
    assert told(capsys, "openapi", "--check", tmp_path).code == 1
    assert told(capsys, "openapi", "--write", tmp_path).code == 0
    assert told(capsys, "openapi", "--check", tmp_path).code == 0

"""Flows from the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from lxml import etree

from tests.cli.shell import FLOWS, ended, process, told


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    """A copy of the flows with one mistake in each of two files."""
    folder = Path(shutil.copytree(FLOWS, tmp_path / "flows"))
    for name, wrong in (("northstar", "first: kyc"), ("orbit", "adapter: psp")):
        path = folder / f"{name}.yaml"
        assert wrong in path.read_text()
        path.write_text(path.read_text().replace(wrong, f"{wrong}x", 1))
    return folder


def test_the_flows_of_the_repository_are_fine(capsys: pytest.CaptureFixture[str]) -> None:
    """Each is listed with its digest."""
    seen = told(capsys, "flows", "check", FLOWS)
    assert (seen.code, seen.err) == (0, "")
    assert len(seen.out.splitlines()) == 3


def test_all_mistakes_are_told_a_line_each(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """file:line: code: what is wrong and what is allowed; exit code 1."""
    seen = told(capsys, "flows", "check", flows)
    assert (seen.code, seen.out) == (1, "")
    lines = seen.err.splitlines()
    assert [line for line in lines if not line.startswith("flows/")] == []
    assert any(": unknown_provider: unknown provider 'kycx': allowed are " in one for one in lines)
    assert any(": unknown_adapter: " in one and "'pspx'" in one for one in lines)


def test_one_file_can_be_checked(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only its own mistakes count."""
    seen = told(capsys, "flows", "check", flows / "orbit.yaml")
    assert seen.code == 1
    assert "kycx" not in seen.err
    assert told(capsys, "flows", "check", flows / "pocket.yaml").code == 0


def test_a_wrong_flow_keeps_the_server_from_starting(flows: Path) -> None:
    """The same lines, exit code 2, no traceback, and nothing listens."""
    seen = ended(process("serve", "--port", "0", env={"UNSHACKLED_FLOWS": str(flows)}))
    assert (seen.code, seen.out) == (2, "")
    assert "unknown_provider: unknown provider 'kycx': allowed are" in seen.err
    assert "Traceback" not in seen.err


@pytest.mark.parametrize(
    "flow", ["northstar/handset-on-credit", "orbit/upgrade", "pocket/sim-only"]
)
def test_every_flow_can_be_drawn(flow: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As Mermaid text, and as well-formed SVG."""
    drawn = told(capsys, "flows", "graph", flow, "--folder", FLOWS)
    assert drawn.out.startswith("flowchart TB\n")
    picture = told(capsys, "flows", "graph", flow, "--format", "svg", "--folder", FLOWS)
    assert str(etree.fromstring(picture.out.encode()).tag).endswith("svg")


def test_the_schema_of_the_language_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Editors read it."""
    schema = json.loads(told(capsys, "flows", "schema").out)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert "waterfall" in json.dumps(schema)


def test_a_simulation_prints_the_table_of_endings() -> None:
    """One line for each outcome, and how it ends."""
    seen = ended(process("flows", "simulate", "pocket/sim-only"))
    assert (seen.code, seen.err) == (0, "")
    first, second, *rest = seen.out.splitlines()
    assert first.split()[:2] == ["step", "what"]
    assert second.split() == ["-", "all", "pass", "completed", "yes", "-"]
    assert any(line.startswith("order") for line in rest)

"""Flows from the command line."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
import yaml
from lxml import etree

from tests.cli.shell import FLOWS, ended, process, told
from unshackled.adapter_registry import find
from unshackled.app import Overrides, build
from unshackled.demo_mode import demo_key
from unshackled.outbound.in_process import in_process
from unshackled.settings import load_settings
from unshackled.testing.known_keys import MASTER_KEY
from unshackled.testing.sandbox import sandbox


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
    files = (yaml.safe_load(path.read_text()) for path in Path(FLOWS).glob("*.yaml"))
    names = {f"{one['retailer']['id']}/{flow}" for one in files for flow in one["flows"]}
    assert {line.partition(":")[0] for line in seen.out.splitlines()} == names


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


@pytest.fixture
async def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A checkout in a SQLite file, of a flow that has a step less today."""
    monkeypatch.setenv("UNSHACKLED_STORE", f"sqlite:///{tmp_path / 'x.db'}")
    monkeypatch.setenv("UNSHACKLED_MASTER_KEY", MASTER_KEY)
    older = Path(shutil.copytree(FLOWS, tmp_path / "older"))
    flow = (older / "pocket.yaml").read_text()
    more = "      device: {collect: device_return}\n      number: "
    (older / "pocket.yaml").write_text(flow.replace("      number: ", more))
    shelf = find()
    given = Overrides(adapters=shelf, transport=in_process(sandbox(shelf)))
    service = build(load_settings(demo=True, flows=older), given)
    async with service.lifespan(), in_process_client(service.api) as api:
        made = await api.post(
            "/v1/checkouts",
            json={"flow": "sim-only", "package": {"tariff": "sim-20gb"}},
            headers={"Authorization": f"Bearer {demo_key('pocket')}", "Idempotency-Key": "1"},
        )
    return str(made.json()["id"])


def in_process_client(api: Any) -> httpx.AsyncClient:
    """A client of the API without sockets."""
    return httpx.AsyncClient(transport=in_process(api), base_url="http://127.0.0.1:8080")


async def test_a_checkout_is_drawn_on_the_flow_it_is_pinned_to(
    checkout: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the state of each step, also of one that the flow does not have any more."""
    asked = ("--checkout", checkout, "--folder", FLOWS)
    seen = await asyncio.to_thread(told, capsys, "flows", "graph", "pocket/sim-only", *asked)
    assert (seen.code, seen.err) == (0, "")
    assert 's_device("device<br/>collect device_return<br/>waiting customer")' in seen.out
    assert "confirm package<br/>pending" in seen.out
    other = await asyncio.to_thread(told, capsys, "flows", "graph", "orbit/upgrade", *asked)
    assert (other.code, other.out) == (2, "")
    assert other.err == f"{checkout} is one of pocket/sim-only\n"


def test_looking_for_a_checkout_makes_no_store(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong address of the store is told, not created."""
    monkeypatch.setenv("UNSHACKLED_STORE", f"sqlite:///{tmp_path / 'none.db'}")
    asked = ("pocket/sim-only", "--checkout", "chk_1", "--folder", FLOWS)
    seen = told(capsys, "flows", "graph", *asked)
    assert (seen.code, seen.err) == (2, f"there is no store at {tmp_path / 'none.db'}\n")
    assert list(tmp_path.iterdir()) == []


def test_the_schema_of_the_language_is_a_json_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """Editors read it."""
    schema = json.loads(told(capsys, "flows", "schema").out)
    assert jsonschema_rs.meta.is_valid(schema)
    assert "waterfall" in json.dumps(schema)


def test_a_simulation_prints_the_table_of_endings() -> None:
    """One line for each outcome, and how it ends."""
    seen = ended(process("flows", "simulate", "pocket/sim-only"))
    assert (seen.code, seen.err) == (0, "")
    first, second, *rest = seen.out.splitlines()
    assert first.split()[:2] == ["step", "what"]
    assert second.split() == ["-", "all", "pass", "completed", "yes", "-"]
    assert any(line.startswith("order") for line in rest)

"""The pages are true: every name is documented, every link resolves, every example works."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from scripts import flow_tables
from tests.extension.shop import Shop
from unshackled.adapter_registry import find
from unshackled.cli.root import app
from unshackled.flow.plan.registry import load_flows
from unshackled.http.problem_types import PROBLEMS
from unshackled.sdk.standin import MODES
from unshackled.settings import ServiceSettings, variable
from unshackled.steps import kinds
from unshackled.testing.adapter_contract import CODES as DECLINES

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FLOWS = ROOT / "docs" / "flows.md"
FLOW_REFERENCE = ROOT / "docs" / "flow-reference.md"
FLOW_REFERENCE = ROOT / "docs" / "flow-reference.md"
FLOW_REFERENCE = ROOT / "docs" / "flow-reference.md"
ADAPTERS = ROOT / "docs" / "adapters.md"
ADAPTER_REFERENCE = ROOT / "docs" / "adapter-reference.md"
ADAPTER_REFERENCE = ROOT / "docs" / "adapter-reference.md"
ADAPTER_REFERENCE = ROOT / "docs" / "adapter-reference.md"
OPENAPI = ROOT / "openapi" / "openapi.json"
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")
EVERYTHING = "\n".join(page.read_text() for page in PAGES)


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def commands(one: Any, before: str = "") -> Iterator[str]:
    """Every command by its words, e.g. `flows check`."""
    for name, command in one.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    """The file is there, and so is the heading."""
    for path, anchor in LINK.findall(page.read_text()):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


def test_every_page_is_in_the_index() -> None:
    """By who reads it."""
    index = (ROOT / "docs" / "README.md").read_text()
    pages = [page.name for page in (ROOT / "docs").glob("*.md") if page.name != "README.md"]
    assert [name for name in sorted(pages) if f"]({name})" not in index] == []


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_every_step_kind_has_a_section_with_an_example(kind: str) -> None:
    """Someone who meets it in a flow finds it."""
    text = FLOWS.read_text()
    assert f"### `{kind}`: " in text
    assert any(re.search(rf"\b{kind}: ", block) for block in blocks(FLOWS, "yaml"))


@pytest.mark.parametrize("name", sorted(ServiceSettings.model_fields))
def test_every_setting_is_in_the_docs(name: str) -> None:
    """By the name of its variable."""
    assert f"`{variable(name)}`" in EVERYTHING


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_every_problem_type_is_in_the_docs(code: str) -> None:
    """By the address that callers see."""
    assert f"`{PROBLEMS[code].uri}`" in EVERYTHING


@pytest.mark.parametrize("command", sorted(commands(typer.main.get_command(app))))
def test_every_command_is_in_the_docs(command: str) -> None:
    r"""As `unshackled flows check`, or in a row as `unshackled flows check\|graph`."""
    *groups, name = command.split()
    words = " ".join(["unshackled", *groups])
    assert re.search(rf"{words} (?:[a-z]+\\?\|)*{name}\b", EVERYTHING)


@pytest.mark.parametrize("path", sorted(json.loads(OPENAPI.read_text())["paths"]))
def test_every_address_is_in_the_docs(path: str) -> None:
    """At least by what comes after its last parameter."""
    assert path.rpartition("}")[2] in EVERYTHING


def test_the_tables_of_the_flow_language_are_what_the_code_says() -> None:
    """`make docs` writes them: models, documents, rules, operations, keys, mistakes."""
    text = FLOW_REFERENCE.read_text()
    assert text == flow_tables.page(text)
    used = re.findall(r"<!-- made: ([a-z ]+) -->", text)
    assert sorted(used) == sorted(flow_tables.TABLES)
    assert "<!-- made" not in FLOWS.read_text()


def host() -> dict[str, Any]:
    """A retailer with the providers of two, so that any example finds who serves it."""
    north, orbit = (
        yaml.safe_load((ROOT / f"flows/{name}.yaml").read_text()) for name in ("northstar", "orbit")
    )
    made: dict[str, Any] = {**north, "providers": {**orbit["providers"], **north["providers"]}}
    made["defaults"] = {**orbit["defaults"], **north["defaults"]}
    settings = {"base_url": "env:CARDS", "api_key": "env:CARDS", "webhook_secret": "env:CARDS"}
    made["providers"]["cards"] = {"adapter": "stripe", "settings": settings}
    settings = {"client_id": "shop", "client_secret": "env:CARDS", "webhook_id": "WH"}
    settings |= {"base_url": "env:CARDS"}
    made["providers"]["paypal"] = {"adapter": "paypal", "settings": settings}
    return made


@pytest.mark.parametrize("number", range(len(blocks(FLOWS, "yaml"))))
def test_every_flow_example_is_proved(number: int, tmp_path: Path) -> None:
    """A whole file as it is; steps and flows in a retailer's file."""
    example = yaml.safe_load(blocks(FLOWS, "yaml")[number])
    if "steps" in example:
        example = {"flows": {"example": {"extends": "base/handset-credit", **merged(example)}}}
    if "language" not in example:
        known = host()
        defaults = {**known["defaults"], **example.get("defaults", {})}
        providers = {**known["providers"], **example.get("providers", {})}
        example = {**known, **example, "defaults": defaults, "providers": providers}
    (tmp_path / "base").symlink_to(ROOT / "flows" / "base")
    (tmp_path / "one.yaml").write_text(yaml.safe_dump(example, sort_keys=False))
    assert load_flows(tmp_path, find()).plans


def merged(example: dict[str, Any]) -> dict[str, Any]:
    """An example's steps on those that every flow of the host needs."""
    steps: dict[str, Any] = {**example["steps"]}
    steps["prequalify"] = {"provider": "prime-lender", **steps.get("prequalify", {})}
    return {"steps": steps}


def test_every_adapter_example_is_the_one_that_is_tested() -> None:
    """Quoted word for word."""
    folders = (ROOT / "tests/extension/example", ROOT / "adapters")
    sources = [path.read_text() for folder in folders for path in folder.rglob("*.py")]
    quoted = blocks(ADAPTERS, "python")
    assert len(quoted) == 9
    for block in quoted:
        assert any(block in source for source in sources), block


def test_switches_and_decline_codes_are_listed() -> None:
    """All that a stand-in can be told, all that an adapter may answer."""
    guide, reference = ADAPTERS.read_text(), ADAPTER_REFERENCE.read_text()
    assert [mode for mode in MODES if f"`{mode}`" not in guide] == []
    assert [code for code in sorted(DECLINES) if f"`{code}`" not in reference] == []


def test_the_readme_shows_the_flow_of_northstar() -> None:
    """To the letter: "that is the whole flow" has to be true."""
    (shown,) = blocks(ROOT / "README.md", "yaml")
    _, flow, after = (ROOT / "flows/northstar.yaml").read_text().partition(shown)
    assert flow == shown
    assert not after.startswith("    "), "the flow goes on"


@pytest.mark.parametrize("name", ["README.md", "docs/api.md"])
async def test_the_request_of_a_page_begins_a_checkout(name: str) -> None:
    """The body of its curl line is sent to the API with the real flows."""
    text = (ROOT / name).read_text()
    found = re.search(r"/v1/checkouts(?: \\\n)? .*?-d '(\{.*?\})'", text, re.DOTALL)
    assert found is not None
    body = json.loads(found[1])
    shop = Shop(ROOT / "flows", find())
    begun = await shop.begin("northstar", body["flow"], body["package"])
    assert begun.checkout["status"] == "incomplete"
    await shop.close()

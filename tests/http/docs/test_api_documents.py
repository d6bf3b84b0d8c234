"""The API documents: equal to what is served, compatible, readable, with real examples."""

import copy
import json
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest

from tests.http.examples import FILE, play, text_of
from tests.http.world import ApiHarness
from unshackled.http.docs import api_documents as openapi
from unshackled.http.docs.openapi_assembly import operations
from unshackled.http.problem_types import PROBLEMS

ROOT = Path(__file__).parents[3]
DOCUMENT = openapi.served()


async def test_examples_are_real_answers() -> None:
    """Playing the story again gives the very same requests and answers.

    `python -m tests.http.examples` renews them.
    """
    assert FILE.read_text(encoding="utf-8") == text_of(await play())


def test_the_committed_documents_are_what_is_served() -> None:
    """`unshackled openapi --write openapi/` was not forgotten, and nothing breaks a client."""
    assert openapi.check(ROOT / "openapi") == []


async def test_the_application_serves_this_document(world: ApiHarness) -> None:
    """/openapi.json is the generated document."""
    async with world.client() as client:
        assert (await client.get("/openapi.json")).json() == DOCUMENT


def test_every_operation_is_documented() -> None:
    """A summary, credentials or their absence, a good answer, and problem documents for errors."""
    for operation in operations(DOCUMENT):
        name = operation["operationId"]
        assert operation["summary"], name
        assert operation["description"], name
        assert "security" in operation, name
        good = [status for status in operation["responses"] if status < "400"]
        assert good, name
        for status, response in operation["responses"].items():
            if status >= "400":
                assert set(response["content"]) == {"application/problem+json"}, (name, status)


def test_operations_with_answers_have_examples() -> None:
    """Each JSON answer of success shows a real one."""
    # A skip needs a flow that can do without the step; the walls of a verdict are tested apart.
    without = {"streamCheckout", "resolveStep", "skipStep"}
    for operation in operations(DOCUMENT):
        for status, response in operation["responses"].items():
            content = response.get("content", {}).get("application/json")
            if status < "300" and content and operation["operationId"] not in without:
                assert "example" in content, operation["operationId"]


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def test_every_reference_leads_somewhere() -> None:
    """No schema refers to one that is not there; examples are data and left out."""
    plain = copy.deepcopy(DOCUMENT)
    for operation in operations(plain):
        for part in [operation.get("requestBody", {}), *operation["responses"].values()]:
            for content in part.get("content", {}).values():
                content.pop("example", None)
    known = plain["components"]["schemas"]
    for reference in _references(plain):
        assert reference.removeprefix("#/components/schemas/") in known


def _changed(change: Any) -> Any:
    document = copy.deepcopy(DOCUMENT)
    change(document)
    return document


def _remove_path(document: Any) -> None:
    del document["paths"]["/v1/quotes"]


def _remove_method(document: Any) -> None:
    del document["paths"]["/v1/checkouts"]["get"]


def _remove_field(document: Any) -> None:
    del document["components"]["schemas"]["Checkout"]["properties"]["totals"]


def _retype_field(document: Any) -> None:
    document["components"]["schemas"]["Checkout"]["properties"]["version"]["type"] = "string"


def _require_field(document: Any) -> None:
    document["components"]["schemas"]["AskQuote"]["required"].append("locale")


def _tighten(document: Any) -> None:
    parameters = document["paths"]["/v1/checkouts"]["get"]["parameters"]
    next(one for one in parameters if one["name"] == "limit")["schema"]["maximum"] = 10


def _narrow(document: Any) -> None:
    verdict = document["components"]["schemas"]["ResolveStep"]["properties"]["verdict"]
    verdict["enum"].remove("retry")


def _require_header(document: Any) -> None:
    parameters = document["paths"]["/v1/checkouts/{checkout}"]["patch"]["parameters"]
    next(one for one in parameters if one["name"] == "if-match")["required"] = True


@pytest.mark.parametrize(
    "change",
    [
        _remove_path,
        _remove_method,
        _remove_field,
        _retype_field,
        _require_field,
        _tighten,
        _narrow,
        _require_header,
    ],
)
def test_a_breaking_change_is_found(change: Any) -> None:
    """Golden cases: each kind of change that a client would stumble over."""
    assert openapi.breaking(DOCUMENT, _changed(change))


def _add_path(document: Any) -> None:
    document["paths"]["/v1/new"] = document["paths"]["/livez"]


def _add_field(document: Any) -> None:
    document["components"]["schemas"]["Checkout"]["properties"]["colour"] = {"type": "string"}


def _add_optional(document: Any) -> None:
    document["components"]["schemas"]["CreateCheckout"]["properties"]["colour"] = {"type": "string"}


def _add_example(document: Any) -> None:
    document["paths"]["/livez"]["get"]["responses"]["200"]["description"] = "Alive."


@pytest.mark.parametrize("change", [_add_path, _add_field, _add_optional, _add_example])
def test_an_addition_breaks_nobody(change: Any) -> None:
    """Golden cases of the other kind."""
    assert openapi.breaking(DOCUMENT, _changed(change)) == []


def test_the_check_names_what_is_wrong(tmp_path: Path) -> None:
    """A missing, an outdated and a broken document are each one clear line."""
    assert len(openapi.check(tmp_path)) == 4
    written = ["openapi.json", "asyncapi.json", "flow.schema.json"]
    assert [path.name for path in openapi.write(tmp_path)] == [*written, "released.json"]
    assert openapi.check(tmp_path) == []
    older = _changed(_add_path)
    (tmp_path / openapi.RELEASED).write_text(json.dumps(older), encoding="utf-8")
    (tmp_path / openapi.SERVED).write_text("{}", encoding="utf-8")
    outdated, broken = openapi.check(tmp_path)
    assert "is not current" in outdated
    assert "breaking" in broken
    assert "/v1/new" in broken
    assert [path.name for path in openapi.write(tmp_path)] == written


async def test_the_docs_are_readable_without_a_network(world: ApiHarness) -> None:
    """The page has every operation, no script, and nothing from anywhere else."""
    async with world.client() as client:
        page = await client.get("/docs")
    assert "<script" not in page.text
    assert not re.search(r"(src|href)=\"(https?:)?//", page.text)
    assert "script-src" not in page.headers["Content-Security-Policy"]
    for operation in operations(DOCUMENT):
        assert escape(operation["summary"]) in page.text


async def test_every_problem_type_leads_to_its_page(world: ApiHarness) -> None:
    """`type` of a problem is an address that says what it means."""
    async with world.client() as client:
        listed = (await client.get("/problems")).text
        for kind in PROBLEMS.values():
            page = await client.get(kind.uri)
            assert page.status_code == 200
            assert escape(kind.title) in page.text
            assert kind.uri in listed
        assert (await client.get("/problems/none")).status_code == 404

"""Query parameters: nothing that a caller sends is ignored without a word."""

import re
from typing import Any

from tests.http.world import ApiHarness
from unshackled.http.docs.api_documents import served
from unshackled.http.docs.openapi_assembly import METHODS
from unshackled.http.parameters import PROVIDERS

OPERATIONS: list[tuple[str, str, Any]] = [
    (path, method, one)
    for path, found in served()["paths"].items()
    for method, one in found.items()
    if method in METHODS
]


async def test_an_unknown_parameter_is_refused_by_every_operation(world: ApiHarness) -> None:
    """422 names it and every one there is; only providers may add what they like."""
    async with world.client() as caller:
        for path, method, operation in OPERATIONS:
            there = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
            where = re.sub(r"\{[^}]+\}", "any", path)
            answer = await caller.request(method, f"{where}?surprise=1")
            if operation["operationId"] in PROVIDERS:
                assert answer.status_code in (401, 404), path
                continue
            assert answer.status_code == 422, path
            (error,) = answer.json()["errors"]
            assert (error["path"], error["code"]) == ("query.surprise", "unknown_parameter"), path
            assert error.get("allowed", []) == there, path


async def test_a_parameter_given_twice_is_refused(world: ApiHarness) -> None:
    """Neither of two values is taken in silence."""
    async with world.server() as server:
        answer = await server.get("/v1/checkouts?limit=1&limit=2&stauts=completed")
    assert answer.status_code == 422
    assert [(one["path"], one["code"]) for one in answer.json()["errors"]] == [
        ("query.limit", "repeated_parameter"),
        ("query.stauts", "unknown_parameter"),
    ]


async def test_a_page_for_people_refuses_it_too(world: ApiHarness) -> None:
    """What is in no document is served by the same application."""
    async with world.client() as client:
        assert (await client.get("/problems?page=2")).status_code == 422
        assert (await client.get("/problems?")).status_code == 200

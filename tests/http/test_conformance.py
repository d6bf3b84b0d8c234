"""Generated requests: whatever is sent, the answer is one that the document describes."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.budget import budget
from tests.http.world import ON_CREDIT, ApiHarness
from unshackled.http.docs.api_documents import served

SCHEMA = schemathesis.openapi.from_dict(served())
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# What they answer does not end, or ends elsewhere.
APART = {"streamCheckout"}
EXPECTED = {503}


class Playground:
    """One application on one loop for all requests, with a checkout and a quote that exist."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.world = ApiHarness()
        self.runner.run(self.world.open())
        made = self.runner.run(self.world.create())
        self.checkout: str = made.json()["id"]
        self.quote: str = self.runner.run(self._quoted())
        self.asked = 0

    def send(self, case: schemathesis.Case[Any]) -> None:
        """Send a generated request as whoever may; half of them about the real checkout."""
        self.asked += 1
        if "checkout" in case.path_parameters and self.asked % 2:
            case.path_parameters["checkout"] = self.checkout
        if "quote" in case.path_parameters and self.asked % 2:
            case.path_parameters["quote"] = self.quote
        response = self.runner.run(self._send(case))
        known = response.status_code in EXPECTED
        case.validate_response(response, checks=CHECKS[1:] if known else CHECKS)

    async def _quoted(self) -> str:
        async with self.world.server() as server:
            made = await server.post("/v1/quotes", json={"package": ON_CREDIT})
        return str(made.json()["id"])

    async def _send(self, case: schemathesis.Case[Any]) -> httpx.Response:
        operator = case.path.startswith("/ops")
        bearer = "op_alice_wonder" if operator else self.world.keys["northstar/secret"]
        async with self.world.client(bearer) as client:
            sent = case.as_transport_kwargs(base_url=str(client.base_url))
            made = sent.get("headers", {}).items()
            sent["headers"] = {k: v for k, v in made if k.lower() != "authorization"}
            sent.pop("cookies", None)
            if "data" in sent:
                raw = sent.pop("data")
                sent["content"] = raw if isinstance(raw, bytes | str) else json.dumps(raw)
            return await client.request(**sent)

    def close(self) -> None:
        """Stop the engine."""
        self.runner.run(self.world.engine.close())
        self.runner.close()


@pytest.fixture(scope="module")
def playground() -> Iterator[Playground]:
    """Shared by all operations."""
    found = Playground()
    yield found
    found.close()


@SCHEMA.exclude(operation_id=list(APART)).parametrize()
@settings(max_examples=budget(8, 25), suppress_health_check=list(HealthCheck))
def test_answers_are_as_documented(case: schemathesis.Case[Any], playground: Playground) -> None:
    """Status, media type and schema of every answer are in the document, and none is a bug."""
    playground.send(case)

"""Routes that load with the first request for them answer as if they had always been there."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from tests.http.world import ApiHarness
from unshackled.http.late_routes import routes_of

LATE = (
    *("unshackled.http.ops", "unshackled.http.reports", "unshackled.http.webhooks"),
    *("unshackled.http.checkouts.document_routes", "unshackled.rendering"),
)


def test_a_start_loads_none_of_them() -> None:
    """Neither their modules nor the models that only they and the document have."""
    code = f"""
import sys, unshackled.app
print([name for name in sys.modules if name.startswith({LATE})])
"""
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout == "[]\n"


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("GET", "/ops/checkouts", 200, None),
        ("HEAD", "/ops/audit", 200, None),
        ("GET", "/ops/checkouts?colour=red", 422, None),
        ("DELETE", "/ops/bulk", 405, "POST"),
        ("GET", "/ops", 404, None),
        ("GET", "/ops/nothing", 404, None),
        ("GET", "/v1/retailer/webhooks", 403, None),
        ("PUT", "/v1/retailer/webhooks", 405, "GET, POST"),
        ("GET", "/v1/retailer/webhookss", 404, None),
        ("GET", "/v1/reports/nothing", 404, None),
        ("GET", "/v1/reports/funnel", 403, None),
        ("GET", "/v1/checkouts/chk_none/documents", 403, None),
        ("POST", "/v1/checkouts/chk_none/documents", 405, "GET"),
        ("GET", "/v1/checkouts/chk_none/documents/a/b", 404, None),
    ],
)
async def test_the_first_request_is_answered_as_the_second(
    world: ApiHarness, method: str, path: str, status: int, allowed: str | None
) -> None:
    """Found, refused or unknown: the same status, `Allow` and body before and after loading."""
    async with world.operator() as operator:
        first = await operator.request(method, path)
        second = await operator.request(method, path)
    assert (first.status_code, first.headers.get("Allow")) == (status, allowed)
    assert (second.status_code, second.content) == (status, first.content)


async def test_requests_that_come_together_are_all_answered(world: ApiHarness) -> None:
    """Whoever comes while the routes are made has them too."""
    async with world.operator() as operator:
        answers = await asyncio.gather(*[operator.get("/ops/summary") for _ in range(8)])
    assert [answer.status_code for answer in answers] == [200] * 8


async def test_a_path_elsewhere_makes_no_route(world: ApiHarness) -> None:
    """Only what may match a path is looked at: the rest need not load for a wrong method."""
    named = {getattr(route, "path", "") for route in routes_of(world.app, "/v1/checkouts")}
    every = {getattr(route, "path", "") for route in routes_of(world.app)}
    assert "/v1/checkouts" in named
    assert not any(path.startswith(("/ops/", "/v1/reports/")) for path in named)
    assert {"/ops/bulk", "/v1/reports/funnel", "/v1/retailer/webhooks"} <= every

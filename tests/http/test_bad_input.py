"""Wrong requests: each a clear problem document, never a 500, nothing sent repeated."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.http.world import ON_CREDIT, ON_ITS_LOOP, ApiHarness
from unshackled.http.body import LARGEST, is_deeper
from unshackled.http.problem_types import PROBLEMS

JSON = {"Content-Type": "application/json"}
KEY = {"Idempotency-Key": "wrong-1"}
SECRET_WORD = "hunter2-do-not-repeat"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A wrong request of a retailer's server; `{id}` is an open checkout."""

    name: str
    code: str
    method: str = "POST"
    path: str = "/v1/checkouts"
    json: Any = None
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    field: str | None = None
    allowed: str | None = None


def create(**changes: Any) -> dict[str, Any]:
    return {"flow": "handset-on-credit", "package": ON_CREDIT, **changes}


STEPS = "/v1/checkouts/{id}/steps"
CASES = (
    Case(name="no JSON", code="malformed_json", content=b"{", headers=JSON | KEY),
    Case(name="not UTF-8", code="malformed_json", content=b'"\xff"', headers=JSON | KEY),
    Case(name="deep", code="malformed_json", content=b"[" * 5000, headers=JSON | KEY),
    Case(name="lone surrogate", code="malformed_json", content=b'"\\ud800"', headers=JSON | KEY),
    Case(name="infinite", code="malformed_json", content=b'{"a": 1e999}', headers=JSON | KEY),
    Case(name="a list", code="invalid_input", json=[1], headers=KEY, field="$"),
    Case(name="empty", code="invalid_input", json={}, headers=KEY, field="flow"),
    Case(
        name="a form",
        code="unsupported_media_type",
        content=b"flow=x",
        headers={"Content-Type": "application/x-www-form-urlencoded"} | KEY,
        allowed="application/json",
    ),
    Case(
        name="too large",
        code="payload_too_large",
        content=b'"' + b"x" * LARGEST + b'"',
        headers=JSON | KEY,
    ),
    Case(name="no key", code="idempotency_key_missing", json=create()),
    Case(
        name="a blank in the key",
        code="malformed_header",
        json=create(),
        headers={"Idempotency-Key": "a b"},
    ),
    Case(
        name="unknown key",
        code="invalid_input",
        json=create(flwo=SECRET_WORD),
        headers=KEY,
        field="flwo",
        allowed="customer_ref",
    ),
    Case(
        name="unknown key of the package",
        code="invalid_input",
        json=create(package={"phone": SECRET_WORD}),
        headers=KEY,
        field="package.phone",
        allowed="handset",
    ),
    Case(
        name="unknown key of the credit",
        code="invalid_input",
        json=create(package={**ON_CREDIT, "credit": {"plan": "credit-24", "months": 12}}),
        headers=KEY,
        field="package.credit.months",
        allowed="deposit",
    ),
    Case(
        name="text for a number",
        code="invalid_input",
        json=create(package={**ON_CREDIT, "credit": {"plan": "credit-24", "deposit": "49"}}),
        headers=KEY,
        field="package.credit.deposit",
    ),
    Case(
        name="unknown flow",
        code="invalid_input",
        json=create(flow=SECRET_WORD),
        headers=KEY,
        field="flow",
        allowed="handset-on-credit",
    ),
    Case(
        name="unknown SKU",
        code="invalid_package",
        json=create(package={"handset": SECRET_WORD}),
        headers=KEY,
        field="package.handset",
        allowed="handset-low",
    ),
    Case(
        name="unknown plan",
        code="invalid_package",
        json=create(package={"handset": "handset-mid", "credit": {"plan": SECRET_WORD}}),
        headers=KEY,
        field="package.credit.plan",
        allowed="credit-24",
    ),
    Case(
        name="negative amount",
        code="invalid_package",
        json=create(package={**ON_CREDIT, "credit": {"plan": "credit-24", "deposit": -1}}),
        headers=KEY,
        field="package.credit.deposit",
        allowed="0 to 61800",
    ),
    Case(
        name="huge amount",
        code="invalid_package",
        json=create(package={**ON_CREDIT, "credit": {"plan": "credit-24", "deposit": 10**18}}),
        headers=KEY,
        field="package.credit.deposit",
    ),
    Case(
        name="empty package",
        code="invalid_package",
        json=create(package={}),
        headers=KEY,
        field="package",
    ),
    Case(
        name="incompatible",
        code="invalid_package",
        json=create(package={"handset": "handset-low", "tariff": "sim-mid-only"}),
        headers=KEY,
        field="package.tariff",
        allowed="sim-50gb",
    ),
    Case(
        name="strange return URL",
        code="invalid_input",
        json=create(return_url="https://evil.example/done"),
        headers=KEY,
        field="return_url",
        allowed="https://shop.northstar.example/done",
    ),
    Case(
        name="unknown step",
        code="unknown_step",
        method="PUT",
        path=f"{STEPS}/contakt",
        json={},
        allowed="contact",
    ),
    Case(
        name="step not due", code="step_not_due", method="PUT", path=f"{STEPS}/documents", json={}
    ),
    Case(
        name="a step of a provider",
        code="step_not_due",
        method="PUT",
        path=f"{STEPS}/identity",
        json={"level": "high"},
    ),
    Case(
        name="wrong form",
        code="invalid_input",
        method="PUT",
        path=f"{STEPS}/contact",
        json={"email": SECRET_WORD},
        field="steps.contact.email",
    ),
    Case(
        name="unknown key of a form",
        code="invalid_input",
        method="PUT",
        path=f"{STEPS}/contact",
        json={"nickname": SECRET_WORD},
        field="steps.contact.nickname",
    ),
    Case(
        name="wrong If-Match",
        code="malformed_header",
        method="PUT",
        path=f"{STEPS}/contact",
        json={},
        headers={"If-Match": "seven"},
    ),
    Case(
        name="patch of what cannot be patched",
        code="invalid_input",
        method="PATCH",
        path="/v1/checkouts/{id}",
        json={"status": "completed"},
        field="status",
        allowed="package",
    ),
    Case(
        name="patch with a wrong part",
        code="invalid_input",
        method="PATCH",
        path="/v1/checkouts/{id}",
        json={"package": {"trade_in": {"grade": SECRET_WORD}}},
        field="package.trade_in.grade",
        allowed="pristine",
    ),
    Case(
        name="complete without a quote",
        code="invalid_input",
        path="/v1/checkouts/{id}/complete",
        json={},
        headers=KEY,
        field="quote_id",
    ),
    Case(
        name="complete another quote",
        code="price_changed",
        path="/v1/checkouts/{id}/complete",
        json={"quote_id": "quo_other"},
        headers=KEY,
    ),
    Case(
        name="cancel for a novel reason",
        code="invalid_input",
        path="/v1/checkouts/{id}/cancel",
        json={"reason": "I changed my mind!"},
        headers=KEY,
        field="reason",
    ),
    Case(
        name="wrong limit",
        code="invalid_input",
        method="GET",
        path="/v1/checkouts?limit=1000",
        field="query.limit",
    ),
    Case(
        name="wrong status",
        code="invalid_input",
        method="GET",
        path="/v1/checkouts?status=lost",
        field="query.status",
    ),
    Case(
        name="wrong cursor",
        code="invalid_input",
        method="GET",
        path="/v1/checkouts?cursor=%21%21",
        field="query.cursor",
    ),
    Case(
        name="wrong cursor of events",
        code="invalid_input",
        method="GET",
        path="/v1/checkouts/{id}/events?cursor=7",
        field="query.cursor",
    ),
    Case(
        name="unknown tariff",
        code="invalid_input",
        method="GET",
        path="/v1/handsets?tariff=none",
        field="query.tariff",
        allowed="sim-50gb",
    ),
    Case(name="unknown path", code="not_found", method="GET", path="/v2/checkouts"),
    Case(name="a slash more", code="not_found", method="GET", path="/v1/checkouts/{id}/"),
    Case(name="unknown checkout", code="not_found", method="GET", path="/v1/checkouts/chk_none"),
    Case(
        name="unknown method",
        code="method_not_allowed",
        method="DELETE",
        path="/v1/checkouts/{id}",
        allowed="PATCH",
    ),
)


@ON_ITS_LOOP
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_wrong_requests_are_clear_problems(shared: ApiHarness, case: Case) -> None:
    """The document has the right type and status, names the field and never repeats the input."""
    customer = await shared.another()
    async with shared.server() as server:
        response = await server.request(
            case.method,
            case.path.format(id=customer.id),
            headers=case.headers,
            **({"content": case.content} if case.content is not None else {"json": case.json}),
        )
    kind, body = PROBLEMS[case.code], response.json()
    assert (body["type"], response.status_code) == (kind.uri, kind.status), body
    assert response.headers["Content-Type"] == "application/problem+json"
    assert {"title", "status", "detail", "instance"} <= set(body)
    assert SECRET_WORD not in response.text
    errors = body.get("errors", [])
    if case.field is not None:
        assert case.field in [error["path"] for error in errors]
    if case.allowed is not None:
        told = [*body.get("allowed", []), *(a for e in errors for a in e.get("allowed", []))]
        assert case.allowed in told
    assert (await customer.read())["version"] == customer.made["version"]


async def test_a_key_for_another_body_is_refused(world: ApiHarness) -> None:
    """The same Idempotency-Key with another body is 409, also for complete and cancel."""
    await world.create(key="same")
    other = await world.create(key="same", package={"handset": "handset-low"})
    assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-key-reused")
    customer = await world.customer(key="another")
    async with world.server() as server:
        href, headers = f"{customer.href}/cancel", {"Idempotency-Key": "end"}
        first = await server.post(href, json={"reason": "fraud"}, headers=headers)
        second = await server.post(href, json={"reason": "boredom"}, headers=headers)
    assert (first.status_code, second.status_code) == (200, 409)


async def test_a_chunked_body_is_capped_too(world: ApiHarness) -> None:
    """A body without a Content-Length is cut off at the same size."""

    async def endless() -> Any:
        for _ in range(LARGEST // 1024 + 2):
            yield b"x" * 1024

    async with world.server() as server:
        response = await server.post("/v1/checkouts", content=endless(), headers=JSON | KEY)
    assert response.status_code == 413


async def test_every_wrong_field_is_named_at_once(world: ApiHarness) -> None:
    """Two wrong parts of a package are two errors of one answer."""
    wrong = {"handset": "none", "tariff": "none", "accessories": ["none"]}
    body = (await world.create(package=wrong)).json()
    paths = [error["path"] for error in body["errors"]]
    assert paths == ["package.handset", "package.tariff", "package.accessories[0]"]


async def test_a_step_body_may_be_absent_or_must_be_json(world: ApiHarness) -> None:
    """An absent body is an empty object; the form then says what it misses."""
    customer = await world.customer()
    absent = await customer.client.put(f"{customer.href}/steps/contact")
    assert "steps.contact.email" in [error["path"] for error in absent.json()["errors"]]


@pytest.mark.parametrize("depth", [33, 254, 1_000, 100_000])
@pytest.mark.parametrize("opening", ["[", '{"a":'])
async def test_json_that_is_nested_too_deep_is_refused(
    world: ApiHarness, depth: int, opening: str
) -> None:
    """400 at every route that takes a body, whatever the depth: never an error of ours."""
    closing = "]" if opening == "[" else "}"
    raw = opening * depth + "1" + closing * depth
    customer = await world.customer()
    json_ = {"Content-Type": "application/json", "Idempotency-Key": "deep"}
    async with world.server() as server:
        for client, method, path in (
            (server, "POST", "/v1/checkouts"),
            (server, "POST", "/v1/quotes"),
            (customer.client, "PATCH", customer.href),
            (customer.client, "PUT", f"{customer.href}/steps/contact"),
        ):
            answer = await client.request(method, path, content=raw[: 256 * 1024], headers=json_)
            assert (answer.status_code, answer.json()["type"]) in (
                (400, "/problems/malformed-json"),
                (413, "/problems/payload-too-large"),
            ), (path, answer.text)


async def test_a_number_of_any_length_is_no_error_of_ours(world: ApiHarness) -> None:
    """One that no reader takes is no JSON, a long one is a wrong field."""
    async with world.server() as server:
        for digits, status in ((300, 422), (5_000, 400)):
            raw = f'{{"package": {{"handset": {"1" * digits}}}}}'
            answer = await server.post("/v1/quotes", content=raw, headers=JSON)
            assert answer.status_code == status, answer.text


def test_depth_is_counted_and_not_brackets() -> None:
    """Many beside each other are fine, in text too; the limit itself is allowed."""
    flat: list[Any] = [[]] * 100
    assert not is_deeper(flat, 32, brackets=101)
    assert not is_deeper("[" * 100, 32, brackets=100)
    deep: list[Any] = []
    for _ in range(31):
        deep = [deep]
    assert not is_deeper(deep, 32, brackets=33)
    assert is_deeper([deep], 32, brackets=33)
    assert is_deeper({"a": [deep]}, 32, brackets=34)

"""Changing the package and sending steps."""

from datetime import timedelta
from typing import Any

import pytest

from tests.http.world import FORMS, ON_CREDIT, ApiHarness
from unshackled.http.checkouts.change import merge
from unshackled.ports.outcome import Declined
from unshackled.testing.backends import hosted

# RFC 7396, appendix A.
MERGES: tuple[tuple[Any, Any, Any], ...] = (
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
)


async def test_a_merge_patch_changes_only_what_it_names(world: ApiHarness) -> None:
    """Null removes a part, the rest stays, and there is a new quote."""
    customer = await world.customer()
    before = await customer.read()
    response = await customer.patch({"tariff": None, "accessories": ["case-clear"]})
    body = response.json()
    assert response.status_code == 200
    assert body["selection"]["tariff"] is None
    assert body["selection"]["credit"] == before["selection"]["credit"]
    assert body["quote"]["id"] != before["quote"]["id"]
    assert body["quote"]["due_today"] == before["quote"]["due_today"] + 1_900


async def test_both_media_types_of_a_patch_do(world: ApiHarness) -> None:
    """application/merge-patch+json is understood as application/json is."""
    customer = await world.customer()
    response = await customer.client.patch(
        customer.href,
        content=b'{"package": {"tariff": null}}',
        headers={"Content-Type": "application/merge-patch+json"},
    )
    assert response.json()["package"]["tariff"] is None


async def test_a_patch_that_changes_nothing_keeps_the_quote(world: ApiHarness) -> None:
    """The quote that the customer saw stays the current one."""
    customer = await world.customer()
    before = await customer.read()
    after = (await customer.patch({"handset": "handset-mid"})).json()
    assert (after["version"], after["quote"]["id"]) == (before["version"], before["quote"]["id"])


async def test_if_match_lets_only_the_first_of_two_win(world: ApiHarness) -> None:
    """Who read an older version gets 412, also for a patch that would change nothing."""
    customer = await world.customer()
    tag = (await customer.client.get(customer.href)).headers["ETag"]
    first = await customer.put("contact", **{"If-Match": tag})
    second = await customer.put("address", **{"If-Match": tag})
    third = await customer.patch({"handset": "handset-mid"}, **{"If-Match": tag})
    assert [r.status_code for r in (first, second, third)] == [200, 412, 412]
    assert second.json()["type"] == "/problems/version-mismatch"
    assert (await customer.put("address", **{"If-Match": first.headers["ETag"]})).status_code == 200


async def test_steps_may_be_sent_in_any_order(world: ApiHarness) -> None:
    """Data sent before its turn counts once its turn comes."""
    customer = await world.customer()
    for step in ("payment_method", "income", "address"):
        assert (await customer.put(step)).status_code == 200
    assert (await customer.fill())["status"] == "ready_for_complete"


async def test_a_decided_credit_cannot_be_changed(world: ApiHarness) -> None:
    """After the hard search a change of what it was about is 409, removing the credit is not."""
    customer = await world.customer()
    await customer.fill()
    changed = await customer.patch({"credit": {"plan": "credit-24", "deposit": 10_000}})
    assert changed.status_code == 409
    assert changed.json()["type"] == "/problems/credit-already-decided"
    assert (await customer.patch({"credit": None})).status_code == 200


async def test_a_decline_is_a_message_not_an_error(world: ApiHarness) -> None:
    """A declined identity check leaves the checkout open, with a recoverable message."""
    world.backends.script("identity.verify", Declined(code="identity_not_verified"))
    customer = await world.customer()
    await customer.put("contact")
    body = (await customer.put("address")).json()
    (message,) = [m for m in body["messages"] if m["code"] == "identity_not_verified"]
    assert (message["severity"], message["path"]) == ("recoverable", "$.steps.identity")
    assert message["actions"] == ["submit:contact", "submit:address"]
    action = next(a for a in body["next_actions"] if a["id"] == message["actions"][0])
    assert (action["due"], action["resolves"]) == (True, ["identity"])
    corrected = {**FORMS["contact"], "given_name": "Mara"}
    after = await customer.client.put(action["href"], json=corrected)
    assert "identity_not_verified" not in [said["code"] for said in after.json()["messages"]]


async def test_a_hosted_step_sends_the_customer_on(world: ApiHarness) -> None:
    """The provider's page is the continue_url, and nothing else is left to do."""
    world.backends.script("agreement.sign", hosted(world.clock.now() + timedelta(hours=1)))
    customer = await world.customer()
    for step in ("contact", "address", "income", "payment_method"):
        await customer.put(step)
    choose = next(a for a in (await customer.read())["next_actions"] if a["type"] == "choose")
    await customer.put("delivery", {"option": choose["options"][0]["id"]})
    await customer.agree()
    show = next(a for a in (await customer.read())["next_actions"] if a["type"] == "show")
    body = (await customer.put("documents", {"shown": show["document"]["digest"]})).json()
    assert body["status"] == "requires_escalation"
    assert body["continue_url"] == "https://provider.example/page"


async def test_an_expired_quote_is_renewed_by_the_next_command(world: ApiHarness) -> None:
    """At the same price it only lives longer, with the same id."""
    customer = await world.customer()
    before = customer.made["quote"]
    await world.clock.advance(timedelta(hours=2))
    after = (await customer.put("contact")).json()["quote"]
    assert after["id"] == before["id"]
    assert after["valid_until"] > before["valid_until"]


async def test_renewing_checks_if_match_first(world: ApiHarness) -> None:
    """A stale version is refused even when the quote has expired, and a good one is not."""
    customer = await world.customer()
    await world.clock.advance(timedelta(hours=2))
    assert (await customer.put("contact", **{"If-Match": '"1"'})).status_code == 412
    tag = (await customer.client.get(customer.href)).headers["ETag"]
    assert (await customer.put("contact", **{"If-Match": tag})).status_code == 200


async def test_an_expired_quote_waits_while_the_catalogue_is_away(world: ApiHarness) -> None:
    """A step can be sent, completing cannot."""
    customer = await world.customer(package={k: v for k, v in ON_CREDIT.items() if k != "credit"})
    await customer.fill()
    quote = (await customer.read())["quote"]["id"]
    await world.clock.advance(timedelta(hours=2))
    world.catalogues.away = True
    assert (await customer.put("contact")).status_code == 200
    response = await customer.complete(quote)
    assert response.json()["type"] == "/problems/catalogue-unavailable"
    assert response.headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    ("package", "path", "code"),
    [
        ({"accessories": ["case-clear"] * 21}, "package.accessories", "too_many"),
        ({"handset": "h" * 65}, "package.handset", "too_long"),
        ({"credit": {"plan": "p" * 65}}, "package.credit.plan", "too_long"),
        ({"accessories": ["c" * 65]}, "package.accessories[0]", "too_long"),
    ],
)
async def test_a_package_has_bounds(
    world: ApiHarness, package: dict[str, Any], path: str, code: str
) -> None:
    """At create, PATCH and quote alike 422 names the field and the bound; nothing changes."""
    customer = await world.customer()
    before = await customer.read()
    answers = [await customer.patch(package)]
    answers.append(await world.create(key="other", package=before["selection"] | package))
    async with world.server() as server:
        asked = {"package": before["selection"] | package}
        answers.append(await server.post("/v1/quotes", json=asked))
    for answer in answers:
        assert answer.status_code == 422
        (error,) = [one for one in answer.json()["errors"] if one["path"] == path]
        assert error["code"] == code
        assert "has more than" in error["message"]
    assert (await customer.read())["version"] == before["version"]
    fine = await customer.patch({"accessories": ["case-clear"] * 20})
    assert fine.status_code == 200


async def test_bodies_have_bounds(world: ApiHarness) -> None:
    """JSON beyond 32 KiB is 413 that names the bound, and a text in a form beyond its own 422."""
    customer = await world.customer()
    many = await customer.patch({"accessories": ["case-clear"] * 10_000})
    assert (many.status_code, "32768 bytes" in many.json()["detail"]) == (413, True)
    where = f"{customer.href}/steps/contact"
    large = await customer.client.put(where, json={"first_name": "x" * 33_000})
    assert large.status_code == 413
    long = await customer.client.put(where, json={"first_name": "x" * 2_001})
    assert [one["path"] for one in long.json()["errors"]] == ["first_name"]


@pytest.mark.parametrize(("target", "change", "result"), MERGES)
def test_merge_patches_are_those_of_the_standard(target: Any, change: Any, result: Any) -> None:
    """Every example of RFC 7396 comes out as printed there."""
    assert merge(target, change) == result

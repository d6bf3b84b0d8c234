"""Beginning and reading checkouts."""

import asyncio
from datetime import timedelta

from tests.http.world import ON_CREDIT, ApiHarness
from unshackled.domain.records import replace
from unshackled.http.auth.credentials import read_key
from unshackled.testing.made_up_checkouts import change_of, checkout_of


async def test_a_new_checkout_says_everything_a_page_needs(world: ApiHarness) -> None:
    """The answer has the quote, the next actions with their forms, and a way to the customer."""
    made = await world.create(customer_ref="c-1")
    body = made.json()
    assert made.status_code == 201
    assert made.headers["Location"] == f"/v1/checkouts/{body['id']}"
    assert made.headers["ETag"] == f'"{body["version"]}"'
    assert (body["status"], body["currency"]) == ("incomplete", "GBP")
    assert body["totals"][0] == {"type": "due_today", "amount": 4_900}
    forms = {action["step"]: action for action in body["next_actions"] if action["step"]}
    assert set(forms) == {"contact", "address", "income", "payment_method"}
    assert "email" in forms["contact"]["schema"]["required"]
    assert body["customer_token"].startswith("ct_")
    handoff = body["handoff"]
    assert handoff["secret"].startswith("ho_")
    assert handoff["url"] == f"https://checkout.example/checkout#{handoff['secret']}"


async def test_all_missing_fields_are_told_up_front(world: ApiHarness) -> None:
    """Each required field of each form is listed at once, also of steps that are not due."""
    body = (await world.create()).json()
    paths = {item["path"] for item in body["missing"]}
    assert {"steps.contact.email", "steps.address.postcode"} <= paths
    assert "steps.income.monthly_net_income" in paths
    assert "steps.address.line2" not in paths
    assert not any(item["conditional"] for item in body["missing"])


async def test_fields_that_may_not_be_needed_are_marked(world: ApiHarness) -> None:
    """While a condition is undecided its fields are told as conditional; then they are gone."""
    customer = await world.customer(retailer="orbit")
    undecided = {item["path"]: item["conditional"] for item in customer.made["missing"]}
    assert undecided["steps.income.monthly_net_income"] is True
    assert undecided["steps.contact.email"] is False
    await customer.put("contact")
    decided = {item["path"] for item in (await customer.put("address")).json()["missing"]}
    assert not any(path.startswith("steps.income") for path in decided)


async def test_fields_that_are_not_asked_for_are_not_missing(world: ApiHarness) -> None:
    """Without credit nobody is asked for income."""
    body = (await world.create(package={"handset": "handset-low"})).json()
    assert not any(item["path"].startswith("steps.income") for item in body["missing"])


async def test_a_whole_checkout_ends_in_an_order(world: ApiHarness) -> None:
    """Filling in what is asked for and completing leads to an order number."""
    customer = await world.customer()
    ready = await customer.fill()
    assert (ready["status"], ready["missing"]) == ("ready_for_complete", [])
    done = (await customer.complete()).json()
    assert (done["status"], done["settled"]) == ("completed", True)
    assert done["order"]["number"].startswith("ORD-SAMPLE")
    assert done["next_actions"] == []


async def test_collected_data_is_never_answered(world: ApiHarness) -> None:
    """The resource says that a form was sent, not what was in it."""
    customer = await world.customer()
    sent = await customer.put("contact")
    assert next(s for s in sent.json()["steps"] if s["name"] == "contact")["submitted"]
    assert "wilhelmina" not in sent.text.lower()
    assert "wilhelmina" not in (await customer.client.get(customer.href)).text.lower()


async def test_the_old_device_number_is_never_answered(world: ApiHarness) -> None:
    """An IMEI stays inside, in the resource and in the events."""
    old = {"imei": "490154203237518", "model": "Fern 6", "grade": "good"}
    made = await world.create(flow="swap", package={"handset": "handset-mid", "trade_in": old})
    assert made.status_code == 201
    assert "490154203237518" not in made.text
    async with world.server() as server:
        events = await server.get(f"/v1/checkouts/{made.json()['id']}/events")
    assert "490154203237518" not in events.text


async def test_the_same_key_answers_with_the_checkout_as_it_is_now(world: ApiHarness) -> None:
    """A replay makes nothing new and shows the present version, with a token that works."""
    customer = await world.customer()
    await customer.put("contact")
    again = await world.create()
    assert again.status_code == 201
    assert again.json()["id"] == customer.id
    assert again.json()["version"] > customer.made["version"]
    async with world.client(again.json()["customer_token"]) as client:
        assert (await client.get(customer.href)).status_code == 200


async def test_concurrent_duplicates_make_one_checkout(world: ApiHarness) -> None:
    """Ten requests with one key at the same time lead to one checkout."""
    answers = await asyncio.gather(*(world.create() for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (
        len((await world.store.checkouts("northstar", status=None, after=None, limit=9)).rows) == 1
    )


async def test_of_concurrent_bodies_under_one_key_one_wins(world: ApiHarness) -> None:
    """The others are told that the key was used for something else."""
    packages = [ON_CREDIT, {"handset": "handset-low"}, {"tariff": "sim-50gb"}]
    answers = await asyncio.gather(*(world.create(package=package) for package in packages))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]


async def test_each_retailer_has_its_own_keys_space(world: ApiHarness) -> None:
    """The same Idempotency-Key of two retailers means two checkouts."""
    one, other = await world.create(), await world.create(retailer="orbit")
    assert (one.status_code, other.status_code) == (201, 201)
    assert one.json()["id"] != other.json()["id"]


async def test_every_api_key_of_a_retailer_repeats_what_another_began(world: ApiHarness) -> None:
    """A key counts for the retailer; one that was used while it counted for an API key is found."""
    first = (await world.create(key="same")).json()["id"]
    await world.key("northstar", "secret", ["checkouts:read", "checkouts:write"])
    assert (await world.create(key="same")).json()["id"] == first
    known = read_key(world.keys["northstar/secret"])
    assert known is not None
    record = await world.store.idempotency("northstar/secret", "same")
    assert record is not None
    old = replace(record, scope=f"northstar/secret/{known.id}", key="older")
    change = change_of(checkout_of("chk_other", steps=1), idempotency=old)
    await world.store.append(change)
    assert (await world.create(key="older")).json()["id"] == first


async def test_an_unchanged_checkout_is_not_sent_again(world: ApiHarness) -> None:
    """If-None-Match with the present ETag is 304, with an old one the resource."""
    customer = await world.customer()
    first = await customer.client.get(customer.href)
    tag = first.headers["ETag"]
    same = await customer.client.get(customer.href, headers={"If-None-Match": f'W/{tag}, "99"'})
    assert (same.status_code, same.content) == (304, b"")
    await customer.put("contact")
    changed = await customer.client.get(customer.href, headers={"If-None-Match": tag})
    assert changed.status_code == 200


async def test_a_list_has_stable_pages_of_own_checkouts(world: ApiHarness) -> None:
    """Following the cursor gives every checkout of the retailer once, newest first."""
    made = []
    for number in range(5):
        made.append((await world.create(key=f"k{number}")).json()["id"])
        await world.clock.advance(timedelta(seconds=1))
    await world.create(retailer="orbit")
    found, cursors = [], [""]
    async with world.server() as server:
        for cursor in cursors:
            page = (await server.get(f"/v1/checkouts?limit=2{cursor}")).json()
            found += [row["id"] for row in page["items"]]
            if page["next_cursor"] is not None:
                cursors.append(f"&cursor={page['next_cursor']}")
    assert (found, len(cursors)) == (made[::-1], 3)


async def test_a_list_can_be_narrowed_to_a_status(world: ApiHarness) -> None:
    """Only checkouts of the status asked for are listed."""
    customer = await world.customer()
    await world.create(key="other")
    await customer.cancel()
    async with world.server() as server:
        page = (await server.get("/v1/checkouts?status=canceled")).json()
    assert [row["id"] for row in page["items"]] == [customer.id]


async def test_history_can_be_followed_by_its_cursor(world: ApiHarness) -> None:
    """Each event comes once and in order, and the cursor stays good for later."""
    customer = await world.customer()
    found, cursor = [], ""
    async with world.server() as server:
        while True:
            page = (await server.get(f"{customer.href}/events?limit=3{cursor}")).json()
            found += page["items"]
            cursor = f"&cursor={page['next_cursor']}"
            if not page["items"]:
                break
        await customer.put("contact")
        later = (await server.get(f"{customer.href}/events?limit=99{cursor}")).json()
    assert found[0]["type"] == "checkout.created.v1"
    assert len({event["id"] for event in found}) == len(found)
    assert "input.received.v1" in [event["type"] for event in later["items"]]


async def test_the_return_address_is_kept_with_its_query(world: ApiHarness) -> None:
    """A registered return URL may have a query of its own."""
    wanted = "https://shop.northstar.example/done?basket=7"
    body = (await world.create(return_url=wanted)).json()
    assert {"rel": "return", "href": wanted} in body["links"]


async def test_a_language_without_sentences_is_refused_at_the_door(world: ApiHarness) -> None:
    """The problem names the languages that there are; one of them with any country is taken."""
    refused = await world.create(locale="fr-FR")
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/unsupported-locale")
    assert refused.json()["allowed"] == ["de", "en"]
    taken = await world.create(key="another", locale="de-AT")
    assert taken.json()["locale"] == "de-AT"

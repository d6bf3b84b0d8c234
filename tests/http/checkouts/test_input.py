"""What customers write, over HTTP: normalised before it is judged, refused in plain words."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.http.world import FORMS, ON_CREDIT, ApiHarness
from unshackled.domain.modulus import parse
from unshackled.domain.records import replace

JSON = {"Content-Type": "application/json"}
YOUNG = {**FORMS["contact"], "date_of_birth": "2010-01-01"}
SIM_ONLY = {"handset": "handset-mid", "tariff": "sim-50gb"}


async def errors(response: Any) -> dict[str, dict[str, Any]]:
    """The wrong fields of a problem, by path."""
    assert response.status_code == 422, response.text
    return {one["path"]: one for one in response.json()["errors"]}


async def output(world: ApiHarness, checkout: str, step: str) -> dict[str, Any]:
    """What a step kept."""
    found = await world.engine.read(checkout)
    assert found is not None
    return found.output(step) or {}


async def test_data_is_kept_in_one_form_whichever_way_it_is_written(world: ApiHarness) -> None:
    """Spaces, small letters and a national phone number are read, and stored as they should be."""
    customer = await world.customer()
    sent = {**FORMS["contact"], "given_name": "  Ada  ", "phone": "07700 900 123"}
    assert (await customer.put("contact", sent)).status_code == 200
    told = {**FORMS["address"], "postcode": " ls11aa ", "country": "gb"}
    assert (await customer.put("address", told)).status_code == 200
    contact = await output(world, customer.id, "contact")
    address = await output(world, customer.id, "address")
    assert (contact["given_name"], contact["phone"]) == ("Ada", "+447700900123")
    assert (address["postcode"], address["country"]) == ("LS1 1AA", "GB")


async def test_the_same_data_written_otherwise_changes_nothing(world: ApiHarness) -> None:
    """After the hard search the same contact with other spaces is no change, and no 409."""
    customer = await world.customer()
    await customer.fill()
    before = {one["name"]: one["state"] for one in (await customer.read())["steps"]}
    phone = FORMS["contact"]["phone"]
    told = {**FORMS["contact"], "phone": f"{phone[:3]} {phone[3:7]} {phone[7:]}"}
    assert (await customer.put("contact", told)).status_code == 200
    assert {one["name"]: one["state"] for one in (await customer.read())["steps"]} == before


async def test_a_wrong_field_is_told_in_plain_words_and_never_repeated(world: ApiHarness) -> None:
    """The path, a code and a sentence with an example; no pattern, nothing of what was sent."""
    customer = await world.customer()
    sent = {**FORMS["address"], "postcode": "QQ1 1CI"}
    response = await customer.put("address", sent)
    found = await errors(response)
    assert found["steps.address.postcode"] == {
        "path": "steps.address.postcode",
        "code": "invalid_postcode",
        "message": "must be a postcode of GB such as LS1 1AA",
    }
    assert "QQ1" not in response.text


async def test_a_wrong_field_is_told_in_the_customers_language(world: ApiHarness) -> None:
    """A German checkout is told in German."""
    customer = await world.customer(locale="de-DE")
    response = await customer.put("address", {**FORMS["address"], "country": "ZZ"})
    found = await errors(response)
    assert "zwei Buchstaben" in found["steps.address.country"]["message"]


async def test_a_german_address_is_taken_and_helps_to_read_the_phone(world: ApiHarness) -> None:
    """Once the address is German, `0151 …` is read as a German number."""
    customer = await world.customer()
    home = {"line1": "Invalidenstr. 1", "town": "Berlin", "postcode": " 10115", "country": "de"}
    assert (await customer.put("address", home)).status_code == 200
    sent = {**FORMS["contact"], "phone": "0151 12345678"}
    assert (await customer.put("contact", sent)).status_code == 200
    assert (await output(world, customer.id, "contact"))["phone"] == "+4915112345678"


async def test_under_age_for_credit_is_refused_at_the_form(world: ApiHarness) -> None:
    """Somebody of sixteen cannot fill in the contact of a package on credit."""
    customer = await world.customer()
    found = await errors(await customer.put("contact", YOUNG))
    assert found["steps.contact.date_of_birth"]["code"] == "under_age"


def sell_from(world: ApiHarness, years: int) -> None:
    """The tariffs of the shop are sold from an age on."""
    old = world.catalogues.held["northstar"]
    tariffs = tuple(replace(one, min_age=years) for one in old.tariffs)
    world.catalogues.held["northstar"] = replace(old, tariffs=tariffs)


async def test_what_is_sold_from_an_age_on_is_refused_at_the_form(world: ApiHarness) -> None:
    """Somebody of sixteen does not buy a tariff for adults, and is told of which age it is."""
    sell_from(world, 18)
    customer = await world.customer(package=SIM_ONLY)
    found = await errors(await customer.put("contact", YOUNG))
    wrong = found["steps.contact.date_of_birth"]
    assert (wrong["code"], wrong["message"]) == (
        "too_young",
        "50 GB is sold from the age of 18 on.",
    )


async def test_what_is_sold_from_an_age_on_cannot_be_added(world: ApiHarness) -> None:
    """For somebody of sixteen what is sold from sixteen on is added, what needs more is not."""
    customer = await world.customer(package={"handset": "handset-low"})
    assert (await customer.put("contact", YOUNG)).status_code == 200
    sell_from(world, 18)
    found = await errors(await customer.patch(SIM_ONLY))
    assert found["package.tariff"]["code"] == "too_young"
    sell_from(world, 16)
    assert (await customer.patch(SIM_ONLY)).status_code == 200


async def test_credit_cannot_be_added_for_somebody_under_age(world: ApiHarness) -> None:
    """Without credit the same person buys; adding credit afterwards is refused, and kept out."""
    customer = await world.customer(package=SIM_ONLY)
    assert (await customer.put("contact", YOUNG)).status_code == 200
    found = await errors(await customer.patch({"credit": ON_CREDIT["credit"]}))
    assert found["package.credit"]["code"] == "under_age"
    assert (await customer.read())["selection"]["credit"] is None


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("income", {"monthly_net_income": True, "monthly_housing_cost": "1_000"}),
        ("contact", {"date_of_birth": 631152000}),
    ],
)
async def test_nothing_is_converted_silently(
    world: ApiHarness, field: str, wrong: dict[str, Any]
) -> None:
    """`true` is no amount, `"1_000"` no number, seconds since 1970 no birth date."""
    customer = await world.customer()
    found = await errors(await customer.put(field, {**FORMS[field], **wrong}))
    assert set(found) == {f"steps.{field}.{name}" for name in wrong}


@pytest.mark.parametrize(
    "body",
    [
        b'{"email": "a@example.com", "email": "b@example.com"}',
        b'{"a": [{"b": {"c": 1, "c": 2}}]}',
        b'{"a": 1, "\\u0061": 2}',
    ],
)
async def test_a_key_that_is_there_twice_is_no_json(world: ApiHarness, body: bytes) -> None:
    """Readers disagree which of the two counts, so neither does."""
    customer = await world.customer()
    response = await customer.client.put(
        f"{customer.href}/steps/contact", content=body, headers=JSON
    )
    assert (response.status_code, response.json()["type"]) == (400, "/problems/malformed-json")
    assert "example.com" not in response.text


async def test_a_deep_body_is_a_problem(world: ApiHarness) -> None:
    """Nesting is bounded, whatever is nested."""
    customer = await world.customer()
    for depth in (254, 900, 1020):
        body = b'{"a":' * depth + b"1" + b"}" * depth
        response = await customer.client.put(
            f"{customer.href}/steps/contact", content=body, headers=JSON
        )
        assert response.status_code in (400, 422), depth


async def test_an_imei_is_read_as_phones_show_it(world: ApiHarness) -> None:
    """Dashes and spaces are read at create, at PATCH and for a quote; a bad check digit is not."""
    old = {"imei": "49-015420-323751-8", "model": "Fern 6", "grade": "good"}
    package = {"handset": "handset-mid", "trade_in": old}
    customer = await world.customer(flow="swap", package=package)
    found = await world.engine.read(customer.id)
    assert found is not None
    assert found.selection.trade_in is not None
    assert found.selection.trade_in.imei == "490154203237518"
    spaced = {**old, "imei": "49 015420 323751 8"}
    assert (await customer.patch({"trade_in": spaced})).status_code == 200
    wrong = await errors(await customer.patch({"trade_in": {**old, "imei": "490154203237519"}}))
    assert wrong["package.trade_in.imei"]["code"] == "invalid_imei"


@pytest.mark.parametrize("option", [None, 1, True, ["slot-1"], {"id": "slot-1"}, "", "none"])
async def test_an_option_is_one_of_those_on_offer(world: ApiHarness, option: Any) -> None:
    """Whatever else is sent is refused like any other wrong field."""
    customer = await world.customer()
    await customer.put("address")
    found = await errors(await customer.put("delivery", {"option": option}))
    assert found["steps.delivery.option"]["code"] == "unknown_option"


@pytest.mark.parametrize("shown", [None, 1, True, ["x"], {}, "sha256:0"])
async def test_a_document_is_named_by_its_digest(world: ApiHarness, shown: Any) -> None:
    """Only the digest of the document as it is now says that it was shown."""
    customer = await world.customer()
    for step in ("contact", "address", "income", "payment_method"):
        await customer.put(step)
    slot = next(a for a in (await customer.read())["next_actions"] if a["type"] == "choose")
    await customer.put("delivery", {"option": slot["options"][0]["id"]})
    await customer.agree()
    found = await errors(await customer.put("documents", {"shown": shown}))
    assert found["steps.documents.shown"]["code"] == "other_document"


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    """The flows of the shops here, with steps for a bank account and a number."""
    source = Path("tests/http/flows/northstar.yaml").read_text()
    more = """
      bank:           {collect: bank_account}
      line:
        collect: number
        fields:
          nickname: {title: What we call you, required: false}
          floor: {type: integer, public: true, required: false}
          gift: {type: boolean, required: false}
      contact:        {collect: contact}
"""
    (tmp_path / "northstar.yaml").write_text(
        source.replace("\n      contact:        {collect: contact}\n", more)
    )
    (tmp_path / "orbit.yaml").write_text(Path("tests/http/flows/orbit.yaml").read_text())
    return tmp_path


@pytest.fixture
async def selling(flows: Path) -> AsyncIterator[ApiHarness]:
    """A shop whose flow asks for a bank account, a number and fields of its own."""
    made = ApiHarness(flows=flows)
    await made.open()
    yield made
    await made.engine.close()


async def test_half_a_number_choice_is_refused_naming_the_other_half(selling: ApiHarness) -> None:
    """To keep a number takes its code and the number; a code alone does not choose to keep it."""
    customer = await selling.customer()
    half = await errors(await customer.put("line", {"keep_number": True, "pac": "abc 123 456"}))
    assert half["steps.line.current_number"]["code"] == "needed_with"
    alone = await errors(await customer.put("line", {"pac": "ABC123456"}))
    assert alone["steps.line.keep_number"]["message"] == "is needed with pac"
    whole = {"keep_number": True, "pac": "abc 123 456", "current_number": "+44 7700 900456"}
    assert (await customer.put("line", whole)).status_code == 200
    kept = await output(selling, customer.id, "line")
    assert (kept["pac"], kept["current_number"]) == ("ABC123456", "07700900456")


async def test_the_schema_says_what_a_page_has_to_know(selling: ApiHarness) -> None:
    """A flow's optional field keeps its title, and dependent fields are in the schema."""
    customer = await selling.customer()
    actions = {one["step"]: one for one in (await customer.read())["next_actions"]}
    line = actions["line"]["schema"]
    assert line["properties"]["nickname"]["title"] == "What we call you"
    assert line["then"]["required"] == ["pac", "current_number"]
    assert "pattern" not in json.dumps(line)


@pytest.mark.parametrize(
    ("field", "wrong", "code"),
    [
        ("nickname", 7, "not_text"),
        ("floor", "2", "not_a_number"),
        ("floor", True, "not_a_number"),
        ("gift", "yes", "not_a_yes_or_no"),
        ("gift", 1, "not_a_yes_or_no"),
    ],
)
async def test_a_flows_own_fields_are_as_strict(
    selling: ApiHarness, field: str, wrong: Any, code: str
) -> None:
    """Text is no number and `"yes"` no boolean in the fields that a flow adds, too."""
    customer = await selling.customer()
    found = await errors(await customer.put("line", {field: wrong}))
    assert found[f"steps.line.{field}"]["code"] == code


async def test_a_bank_account_is_checked_where_weights_are_configured(selling: ApiHarness) -> None:
    """A wrong check digit is refused by modulus; without weights only the form is looked at."""
    account = {"account_holder": "Wilhelmina Featherstonehaugh", "sort_code": "20-00-00"}
    customer = await selling.customer()
    wrong = {**account, "account_number": "0000 0001"}
    assert (await customer.put("bank", wrong)).status_code == 200
    selling.rebuild(bank=parse(["200000 209999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1"]))
    customer.client = selling.client(customer.made["customer_token"])
    found = await errors(await customer.put("bank", wrong))
    assert found["steps.bank.account_number"]["code"] == "unknown_account"
    good = {**account, "account_number": "0000 0000"}
    assert (await customer.put("bank", good)).status_code == 200


async def test_a_retailers_country_is_where_its_numbers_are_from(world: ApiHarness) -> None:
    """In a German shop `0151 …` needs no country's code."""
    tenant = replace(world.book.retailers["northstar"], locale="de-DE")
    book = replace(world.book, retailers={**world.book.retailers, "northstar": tenant})
    world.rebuild(book=book)
    customer = await world.customer()
    sent = {**FORMS["contact"], "phone": "0151 12345678"}
    assert (await customer.put("contact", sent)).status_code == 200

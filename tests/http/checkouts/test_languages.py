"""A German checkout over HTTP: no English sentence reaches its customer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.http.world import ON_CREDIT, ApiHarness, Customer
from unshackled.domain.records import replace
from unshackled.http.problem_types import PROBLEMS
from unshackled.messages.message_catalogue import catalogue
from unshackled.ports.delivery import DeliverySlot, SlotsFound
from unshackled.ports.outcome import Declined, Passed
from unshackled.testing.samples import sample

# What people read, wherever it stands in an answer.
READ = frozenset({"title", "content", "message", "description"})
# The retailer's and the lender's own words, and what is the same word in both languages.
DATA = frozenset({"IMEI", "PAC", "Region", "Sort Code", "Token"})
CATALOGUE = ("Fern", "50 GB", "24 months", "For the Pro", "Handset on credit", "Clear case")


def texts(body: Any, path: str = "$") -> Iterator[tuple[str, str]]:
    """Every text for people with its path; a document's lines too."""
    if isinstance(body, list):
        for index, one in enumerate(body):
            yield from texts(one, f"{path}[{index}]")
    elif isinstance(body, dict):
        for name, value in body.items():
            if name in READ and isinstance(value, str):
                yield f"{path}.{name}", value
            elif name == "lines" and value and isinstance(value[0], list):
                yield from ((f"{path}.lines", text) for line in value for text in line)
            else:
                yield from texts(value, f"{path}.{name}")


def same(english: Any, german: Any) -> list[str]:
    """Texts of the German answer that are those of the English one, but for data."""
    both = dict(texts(english)).items() & dict(texts(german)).items()
    return sorted(
        f"{path}: {text}"
        for path, text in both
        if text not in DATA and not text.startswith(CATALOGUE)
    )


async def journey(world: ApiHarness, key: str, locale: str) -> list[Any]:
    """Every answer of a purchase with a declined card, a wrong form and a paid slot."""
    slot = replace(sample(DeliverySlot), id="paid", price=499)
    world.backends.script("delivery.slots", *[Passed(output=SlotsFound(options=(slot,)))] * 3)
    world.backends.script("payment.charge", Declined(code="card_declined"))
    customer = Customer(world, (await world.create(key=key, locale=locale)).json())
    seen = [await customer.read()]
    for step, body in (("contact", {"email": "x", "own": 1}), ("delivery", {"option": "none"})):
        refused = (await customer.put(step, body)).json()
        seen.append(refused.get("errors"))
    forms = ("contact", "address", "payment_method", "income")
    seen += [(await customer.put(step)).json() for step in forms]
    seen.append((await customer.agree()).json())
    seen.append(await customer.fill())
    seen.append((await customer.complete()).json())
    return seen


async def test_a_german_checkout_has_no_english_sentence(world: ApiHarness) -> None:
    """The same journey in both languages: whatever people read differs, but for data."""
    english = await journey(world, "en", "en-GB")
    german = await journey(world, "de", "de-DE")
    assert len(dict(texts(german))) > 40
    assert same(english, german) == []


PACKAGES: dict[str, Any] = {
    "empty": {},
    "unknown handset": {"handset": "x"},
    "unknown plan": {"handset": "handset-mid", "credit": {"plan": "x"}},
    "credit alone": {"tariff": "sim-50gb", "credit": {"plan": "credit-24"}},
    "deposit": {**ON_CREDIT, "credit": {"plan": "credit-24", "deposit": 70_000}},
    "incompatible": {"handset": "handset-low", "tariff": "sim-mid-only"},
    "accessory": {"handset": "handset-low", "accessories": ["case-mid"]},
}


@pytest.mark.parametrize("name", sorted(PACKAGES))
async def test_a_package_that_is_not_sold_is_refused_in_the_customers_language(
    world: ApiHarness, name: str
) -> None:
    """At create, PATCH and quote: same codes and paths, German sentences."""
    customer = await world.customer(locale="de-DE")
    wrong = PACKAGES[name]
    empty = dict.fromkeys(("handset", "tariff", "credit", "accessories"))
    async with world.server() as server:
        quoted = [
            await server.post("/v1/quotes", json={"package": wrong, "locale": locale})
            for locale in ("en-GB", "de-DE")
        ]
    english, *german = (
        quoted[0],
        quoted[1],
        await world.create(key="wrong", package=wrong, locale="de-DE"),
        await customer.patch({**empty, "accessories": [], **wrong}),
    )
    assert english.status_code == 422
    assert english.json()["type"] == "/problems/invalid-package"
    for answer in german:
        pairs = zip(english.json()["errors"], answer.json()["errors"], strict=True)
        for one, other in pairs:
            assert (one["path"], one["code"]) == (other["path"], other["code"])
            assert one["message"] != other["message"]


async def test_a_part_that_is_not_sold_is_refused_in_the_customers_language(
    world: ApiHarness,
) -> None:
    """The door speaks German too."""
    customer = await world.customer(locale="de-DE")
    old = {"imei": "490154203237518", "model": "Fern 6", "grade": "good"}
    refused = (await customer.patch({"trade_in": old})).json()
    assert refused["errors"][0]["message"] == "wird in diesem Ablauf nicht verkauft"


async def test_consent_is_to_the_sentence_in_the_language_it_was_shown_in(
    world: ApiHarness,
) -> None:
    """The German sentence has a digest of its own; the English one was not shown."""
    english, german = [await _asked(world, locale) for locale in ("en-GB", "de-DE")]
    customer, document = german
    assert "Ich willige ein" in str(document["lines"])
    wordings = {"en-GB": english[1]["digest"], "de-DE": document["digest"]}
    assert wordings["en-GB"] != wordings["de-DE"]
    foreign = await customer.put("consent", {"given": True, "wording": wordings["en-GB"]})
    assert foreign.status_code == 422
    given = await customer.put("consent", {"given": True, "wording": wordings["de-DE"]})
    assert given.status_code == 200
    assert "consent.given.v1" in str(await _types(world, customer))


async def _asked(world: ApiHarness, locale: str) -> tuple[Customer, Any]:
    """A customer who is asked for consent, and the sentence."""
    customer = await world.customer(key=locale, locale=locale)
    for step in ("contact", "address", "income"):
        await customer.put(step)
    actions = (await customer.read())["next_actions"]
    (document,) = [one["document"] for one in actions if one["step"] == "consent"]
    return customer, document


async def _types(world: ApiHarness, customer: Customer) -> list[str]:
    return [row.type for row in await world.store.events(customer.id, after=None, limit=500)]


async def test_a_quote_in_a_language_without_words_is_refused(world: ApiHarness) -> None:
    """As a checkout is: `allowed` names the languages."""
    async with world.server() as server:
        sent = {"package": {"handset": "handset-mid"}, "locale": "fr-FR"}
        refused = await server.post("/v1/quotes", json=sent)
    assert refused.json()["type"] == "/problems/unsupported-locale"


async def test_why_something_cannot_be_done_is_told_in_the_customers_language(
    world: ApiHarness,
) -> None:
    """A `message` beside the developers' `detail`; none of what is not for customers."""
    customer = await world.customer(locale="de-DE")
    answers = [
        await customer.complete(),
        await customer.complete("quo_other"),
        await customer.put("contact", {}),
        await customer.put("documents", {}),
        await customer.patch({"trade_in": {"imei": "1", "model": "x", "grade": "good"}}),
        await customer.patch({}, **{"If-Match": '"99"'}),
    ]
    told = {answer.json()["type"]: answer.json()["message"] for answer in answers}
    assert told == {
        "/problems/not-ready": "Vor der Bestellung ist noch etwas zu tun.",
        "/problems/price-changed": (
            "Der Preis hat sich geändert. Bitte sehen Sie ihn sich noch einmal an."
        ),
        "/problems/invalid-input": "Bitte prüfen Sie die markierten Felder.",
        "/problems/step-not-due": "Das geht im Moment nicht.",
        "/problems/part-not-sold": "Etwas von Ihrer Auswahl wird hier nicht verkauft.",
        "/problems/version-mismatch": (
            "In der Zwischenzeit hat sich etwas geändert. Bitte sehen Sie es sich noch einmal an."
        ),
    }
    assert "message" not in (await customer.put("no_such_step", {})).json()
    await customer.cancel()
    ended = (await customer.put("contact")).json()
    assert ended["message"] == "Dieser Bestellvorgang wurde beendet."


async def test_a_stranger_learns_nothing_by_the_language_of_an_answer(world: ApiHarness) -> None:
    """A foreign checkout is answered as one that does not exist."""
    german = await world.customer(locale="de-DE")
    other = await world.customer(key="other")
    foreign, missing = [
        (await other.client.get(f"/v1/checkouts/{one}")).json() for one in (german.id, "chk_none")
    ]
    assert {**foreign, "instance": ""} == {**missing, "instance": ""}


def test_every_problem_that_is_told_to_customers_is_one() -> None:
    """No sentence is for a problem that there is not."""
    assert set(catalogue("en").problems) <= set(PROBLEMS)

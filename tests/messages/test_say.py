"""Sentences for people: from catalogues, in their language, never with a hole."""

import re
from datetime import UTC, datetime
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from scripts import messages_table
from unshackled.domain.customer import MODELS
from unshackled.domain.documents import TEMPLATES
from unshackled.messages import LANGUAGES, known, language_of, say, thing
from unshackled.messages.findings import SAME
from unshackled.messages.formats import Sentence
from unshackled.messages.message_catalogue import catalogue
from unshackled.ports import all_operations
from unshackled.steps.rule import RULES
from unshackled.testing.contract.outcome_promises import CODES

UNTIL = datetime(2026, 12, 4, 14, 30, tzinfo=UTC)
TABLES = ("sentences", "things", "people")
SUBJECTS = (
    *(key for key, operation in all_operations().items() if not operation.by_engine),
    *MODELS,
    *TEMPLATES,
    *RULES,
    "package",
)


def test_there_are_english_and_german() -> None:
    """Each catalogue file is a language that a checkout may have."""
    assert LANGUAGES == ("de", "en")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things(language: str, table: str) -> None:
    """No catalogue lacks what another one has, and no sentence is empty."""
    words = getattr(catalogue(language), table)
    assert set(words) == set(getattr(catalogue("en"), table))
    assert all(text.strip() for text in words.values())


def test_every_language_names_the_same_parameters() -> None:
    """A sentence in another language tells no less: amounts, limits and moments are in both."""

    def parameters(text: str) -> set[str]:
        names = {name for _, name, _, _ in Formatter().parse(text) if name}
        return names - {"thing", "Thing", "who", "Who"}

    for language in LANGUAGES:
        words = catalogue(language).sentences
        for code, text in catalogue("en").sentences.items():
            assert parameters(words[code]) == parameters(text), (language, code)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_thing_has_a_name_that_people_use(subject: str) -> None:
    """Operations, models, documents and rules are told by words, not by their keys."""
    for language in LANGUAGES:
        assert subject in catalogue(language).things, language
        assert thing(language, subject) != subject


def test_every_capability_has_somebody_at_work() -> None:
    """A page can say who is at work on a call of any capability."""
    for operation in all_operations().values():
        assert operation.capability in catalogue("en").people


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_of_an_adapter_can_be_told(code: str) -> None:
    """Whatever the suite lets an adapter decline with has a sentence, or is told as its kind."""
    for locale in ("en-GB", "de-DE"):
        text = say(locale, code, {"subject": "credit.apply", "who": "credit"}, kind="declined")
        assert re.fullmatch(r"[^{}_]+[.!]", text), text


def test_what_it_is_about_and_until_when_are_in_the_sentence() -> None:
    """Things, people and moments are written as the locale writes them."""
    params = {"subject": "credit.apply", "who": "credit", "until": UNTIL}
    london, berlin = ZoneInfo("Europe/London"), ZoneInfo("Europe/Berlin")
    assert say("en-GB", "being_decided", params, zone=london) == (
        "The lender is still deciding about your credit application."
        " At the latest by 4 December 2026, 14:30."
    )
    assert say("de-DE", "being_decided", params, zone=berlin) == (
        "Ihr Kreditantrag: Die Entscheidung steht noch aus (der Kreditgeber)."
        " Spätestens bis 4. Dezember 2026, 15:30."
    )


def test_a_moment_without_a_zone_says_that_it_is_utc() -> None:
    """Nobody takes UTC for their own time."""
    assert "14:30 UTC" in say("en-GB", "in_review", {"until": UNTIL.isoformat()})


def test_a_limit_is_in_the_sentence_of_a_wrong_field() -> None:
    """Pydantic's finding is told by our sentence with its limit."""
    assert say("en-GB", "string_too_long", {"max_length": 120}) == (
        "must have at most 120 characters"
    )
    assert say("de-AT", "string_too_long", {"max_length": 120}) == (
        "darf höchstens 120 Zeichen haben"
    )


def test_what_pydantic_finds_is_told_by_a_sentence_of_ours() -> None:
    """Each alias leads to a sentence."""
    assert all(known(code) for code in SAME)


def test_an_unknown_code_reads_as_its_kind() -> None:
    """A code of somebody's own adapter is no hole in the page."""
    assert say("en-GB", "no_stock_in_ohio", {"subject": "stock.reserve"}, kind="declined") == (
        "The reservation of your goods was not accepted."
    )
    assert not known("no_stock_in_ohio")


def test_an_unknown_language_reads_english() -> None:
    """A checkout of a version before that took any locale can still be read."""
    assert language_of("fr-FR") == "en"
    assert say("fr-FR", "expired") == say("en-GB", "expired")


@pytest.mark.parametrize(
    ("locale", "currency", "amount", "text"),
    [
        ("en-GB", "GBP", 123450, "£1,234.50"),
        ("de-DE", "EUR", 123450, "1.234,50\xa0€"),
        ("de-AT", "EUR", 4900, "€\xa049,00"),
        ("en-GB", "JPY", 500, "JP¥500"),
        ("en-GB", "KWD", 1250, "KWD1.250"),
        ("en-XX", "GBP", 4900, "£49.00"),
    ],
)
def test_an_amount_is_written_as_the_locale_writes_money(
    locale: str, currency: str, amount: int, text: str
) -> None:
    """Minor units become the currency's decimals, with the locale's signs and separators."""
    sentence = Sentence(locale, UTC)
    params = {"amount": amount, "currency": currency}
    assert sentence.vformat("{amount:money}", (), params) == text


def test_a_day_is_written_as_the_locale_writes_days() -> None:
    """A date has no clock and no zone."""
    assert Sentence("de-DE", UTC).vformat("{day:date}", (), {"day": "2026-12-04"}) == (
        "4. Dezember 2026"
    )


def test_the_page_of_messages_is_what_the_catalogues_say() -> None:
    """`make docs` was run after a sentence changed."""
    assert messages_table.PAGE.read_text() == messages_table.page()

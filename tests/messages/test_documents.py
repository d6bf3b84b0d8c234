"""Documents, forms and lines of a quote: the same facts in each language."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from string import Formatter
from typing import Any

import pytest

from unshackled.domain import form
from unshackled.domain.card_charge import CardChargeLimit
from unshackled.domain.customer import MODELS, Address, Contact
from unshackled.domain.documents import (
    CREDIT_AGREEMENT,
    TEMPLATES,
    AgreementFacts,
    Circumstances,
    CreditFacts,
    DirectDebitFacts,
    NamesLender,
    Party,
    TariffFacts,
    Template,
    UpgradeTermsFacts,
)
from unshackled.domain.package import StatedRise, TariffLine
from unshackled.domain.upgrade import Programme
from unshackled.domain.upgrade_settlement import UpgradeSettlement
from unshackled.domain.upgrade_shares import upgrade_shares
from unshackled.messages import (
    LANGUAGES,
    ever_written,
    first_written,
    line_title,
    worded_schema,
    written,
)
from unshackled.messages.message_catalogue import catalogue
from unshackled.ports.card_charge_rules import CARD_CHARGE_CONSENT, CardConsentFacts
from unshackled.ports.credit import SEARCH_CONSENT, CreditQuoted, SearchFacts
from unshackled.testing.samples import HANDSET, PACKAGE, QUOTE, SCHEDULE, sample

assert PACKAGE.credit is not None
assert PACKAGE.tariff is not None
RISE = StatedRise(starts=date(2027, 4, 1), monthly=1_980, from_month=5, months=20)
TARIFF = TariffLine(
    sku="s", title="50 GB", monthly=1_800, term_months=24, data_gb=50, total=1, rises=(RISE,)
)
FACTS: dict[str, Any] = {
    "pre_contract_credit_information": CreditFacts(terms=PACKAGE.credit, quote=QUOTE),
    "contract_summary": TariffFacts(tariff=TARIFF, quote=QUOTE),
    "direct_debit_guarantee": DirectDebitFacts(quote=QUOTE, schedule=SCHEDULE),
    "credit_search_consent": SearchFacts(offer=CreditQuoted(offer="o-1", lender="Prime")),
    "card_charge_consent": CardConsentFacts(limit=CardChargeLimit(most=12_000, currency="GBP")),
    "credit_agreement": AgreementFacts(
        terms=PACKAGE.credit,
        quote=QUOTE,
        contact=sample(Contact),
        address=sample(Address),
        handset=HANDSET,
        lender=NamesLender(lender="Prime"),
    ),
}
_PROGRAMME = Programme(name="early", months=24, min_repayments=12)
UPGRADE_TERMS = UpgradeTermsFacts(
    settlement=UpgradeSettlement(
        agreement="AGR-100001",
        outstanding=25_000,
        rebate=0,
        trade_in=12_000,
        due=13_000,
        figure=25_000,
        programme=_PROGRAMME,
        shares=upgrade_shares(_PROGRAMME, 25_000, 12_000, 4_900),
        package_due=4_900,
    ),
    quote=QUOTE,
)
FACTS["upgrade_terms"] = UPGRADE_TERMS
FACTS["adequate_explanation"] = FACTS["pre_contract_credit_information"]
ALL: dict[str, Template] = {
    **TEMPLATES,
    "credit_search_consent": SEARCH_CONSENT,
    "card_charge_consent": CARD_CHARGE_CONSENT,
    "credit_agreement": CREDIT_AGREEMENT,
}
BY = Circumstances(retailer=Party(name="Northstar", address="1 High Street, Leeds LS1 1AA"))


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_document_is_written_in_every_language(name: str) -> None:
    """Same kinds of blocks, other words, no hole; every template has its facts here."""
    english, german = (written(ALL[name], FACTS[name], one, BY) for one in ("en-GB", "de-DE"))
    assert english.digest != german.digest
    assert english.title != german.title or name == "credit_agreement"
    assert [type(one) for one in english.model.blocks] == [type(one) for one in german.model.blocks]
    for one in (english, german):
        texts = list(one.model.texts())
        assert all(text.strip() for text in texts)
        assert not [text for text in texts if "{" in text or "None" in text.split(": ")]
        assert all("".join(line) for line in one.lines)


@pytest.mark.parametrize(
    ("name", "facts", "digest"),
    [
        (
            "credit_search_consent",
            FACTS["credit_search_consent"],
            "61a0619d47082280e105298d476d787aa3a7a26388c49728f7e766ccb7e23c30",
        ),
        (
            "pre_contract_credit_information",
            FACTS["pre_contract_credit_information"],
            "a2f27f180bc00daf13adf5f8169556eb823b35db620ada6bac3b4a99e71a34f3",
        ),
        (
            "contract_summary",
            TariffFacts(tariff=PACKAGE.tariff, quote=QUOTE),
            "58bca17e7afd5d214f6159d9dbfbf7678d4ebc359878a40747e7ab94b11bb022",
        ),
    ],
)
def test_english_documents_keep_the_digests_of_before_there_was_german(
    name: str, facts: object, digest: str
) -> None:
    """What an open checkout was shown and agreed to as a first version is known to the letter."""
    first, *_ = first_written(ALL[name], facts, "en-GB")
    assert first.digest == f"sha256:{digest}"
    assert first.version == 1
    assert f"sha256:{digest}" in ever_written(ALL[name], facts, "de-DE")


def test_amounts_days_and_rates_are_written_as_the_locale_writes_them() -> None:
    """A comma, a day with its dot, and the sign where it belongs."""
    first, *_ = first_written(TEMPLATES["contract_summary"], FACTS["contract_summary"], "de-DE")
    assert dict(first.lines)["Preis ab dem 1. April 2027"] == "19,80\xa0£ im Monat"
    credit = CreditFacts(terms=FACTS["pre_contract_credit_information"].terms, quote=QUOTE)
    first, *_ = first_written(TEMPLATES["pre_contract_credit_information"], credit, "de-DE")
    rate = Decimal(credit.terms.apr_percent)
    assert dict(first.lines)["Effektiver Jahreszins"] == f"{rate} %".replace(".", ",")


def test_what_was_shown_in_another_language_still_counts() -> None:
    """Every language's digest is known, so a checkout of before German keeps its consent."""
    facts = FACTS["credit_search_consent"]
    known = ever_written(SEARCH_CONSENT, facts, "de-AT")
    assert {written(SEARCH_CONSENT, facts, one).digest for one in ("en-GB", "de-DE")} <= known
    other = SearchFacts(offer=CreditQuoted(offer="o-1", lender="Second"))
    assert not known & ever_written(SEARCH_CONSENT, other, "de-AT")


@pytest.mark.parametrize(
    "table", ["documents", "labels", "texts", "lines", "fields", "hints", "forms", "problems"]
)
def test_each_language_has_the_words_of_the_others_with_their_parameters(table: str) -> None:
    """A title, label or text in one language has its like in each."""

    def parameters(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    english = getattr(catalogue("en"), table)
    for language in LANGUAGES:
        words = getattr(catalogue(language), table)
        assert words.keys() == english.keys()
        assert all(parameters(words[code]) == parameters(english[code]) for code in english)


@pytest.mark.parametrize("model", sorted(MODELS))
def test_every_field_of_a_form_has_a_label_and_its_hint_in_every_language(model: str) -> None:
    """No label is a field's bare name, and no hint is English in a German form."""
    shape: Any = MODELS[model]
    schema = form.schema(shape)
    german = worded_schema(schema, "de-DE", model)
    assert german["title"] != schema["title"]
    assert german["description"] != schema["description"]
    for name, field in schema["properties"].items():
        assert name in catalogue("en").fields
        for one, other in zip(_hints(field), _hints(german["properties"][name]), strict=True):
            assert one != other


def _hints(field: Any) -> list[str]:
    return [one["description"] for one in (field, *field.get("anyOf", ())) if "description" in one]


@pytest.mark.parametrize("name", ["shown", "option"])
def test_what_a_kind_asks_for_by_itself_has_a_hint_in_every_language(name: str) -> None:
    """Documents and options are answered by a field of their kind."""
    schema = {"properties": {name: {"type": "string", "description": "in English"}}}
    for locale in ("en-GB", "de-DE"):
        assert worded_schema(schema, locale)["properties"][name]["description"] != "in English"


def test_a_flows_own_words_stay_as_they_are() -> None:
    """A retailer's title of a field is no word of ours, whatever the field is called."""
    schema = {"properties": {"model": {"title": "Favourite colour", "type": "string"}}}
    assert worded_schema(schema, "de-DE")["properties"]["model"]["title"] == "Favourite colour"


def test_a_line_that_a_step_brings_has_a_title_in_every_language() -> None:
    """Ours is translated; that of somebody's own step is theirs."""
    assert line_title("de-DE", "delivery", "Delivery") == "Lieferung"
    assert line_title("en-GB", "delivery", "Delivery") == "Delivery"
    assert line_title("de-DE", "delivery", "By drone") == "By drone"

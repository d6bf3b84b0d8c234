"""What the law prescribes is in the documents: lists, read from the texts that are named here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.messages.test_documents import UPGRADE_TERMS
from unshackled.domain.catalogue import CreditPlan
from unshackled.domain.customer import Address, Contact
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
)
from unshackled.domain.documents.document_model import DefinitionRows, DocumentModel, Heading
from unshackled.domain.loan import terms_of
from unshackled.domain.records import replace
from unshackled.messages import written
from unshackled.testing.samples import HANDSET, QUOTE, SCHEDULE, TARIFF, sample

PARTY = Party(
    name="Prime Finance plc",
    address="1 High Street, Leeds LS1 1AA",
    phone="0113 496 0000",
    email="credit@prime.example",
    web="prime.example",
    register_number="FRN 123456",
)
PLAN = CreditPlan(code="c", title="24 months", months=24, apr_percent=Decimal("14.9"))
TERMS = terms_of(PLAN, 66_900, 4_900)
FACTS: Mapping[str, Any] = {
    "pre_contract_credit_information": CreditFacts(
        terms=TERMS, quote=QUOTE, handset=HANDSET, lender=NamesLender(lender="Prime")
    ),
    "contract_summary": TariffFacts(tariff=TARIFF, quote=QUOTE),
    "direct_debit_guarantee": DirectDebitFacts(quote=QUOTE, schedule=SCHEDULE),
    "credit_agreement": AgreementFacts(
        terms=TERMS,
        quote=QUOTE,
        handset=HANDSET,
        contact=sample(Contact),
        address=sample(Address),
        lender=NamesLender(lender="Prime"),
    ),
}
FACTS = {
    **FACTS,
    "adequate_explanation": FACTS["pre_contract_credit_information"],
    "upgrade_terms": UPGRADE_TERMS,
}
ALL: Mapping[str, Template] = {**TEMPLATES, "credit_agreement": CREDIT_AGREEMENT}

# SI 2010/1013 Schedule 1, by its five parts; each is how a heading or the label of a row begins.
INFORMATION_GB = (
    "1. Contact details",
    "Creditor",
    "Address",
    "Telephone number",
    "E-mail address",
    "Web address",
    "Credit intermediary",
    "2. Key features of the credit product",
    "The type of credit",
    "The total amount of credit",
    "How and when credit would be provided",
    "The duration of the credit agreement",
    "Repayments",
    "The total amount you will have to pay",
    "The proposed credit will be linked to the supply of specific goods",
    "Cash price",
    "Security required",
    "3. Costs of the credit",
    "The rates of interest which apply to the credit agreement",
    "Annual Percentage Rate of Charge (APR)",
    "Representative example",
    "Is it compulsory, in order to obtain the credit",
    "Related costs",
    "Costs in the case of late payments",
    "Consequences of missing payments",
    "4. Other important legal aspects",
    "Right of withdrawal",
    "Early repayment",
    "Compensation for early repayment",
    "Consultation with a credit reference agency",
    "Right to a draft credit agreement",
    "The period of time during which the creditor is bound by the pre-contract information",
    "5. Additional information in the case of distance marketing of financial services",
    "Registration number",
    "The supervisory authority",
    "Language of the information",
    "Access to an out-of-court complaint and redress mechanism",
)
# Directive 2008/48/EC Annex II in German, as annex 4 to article 247 section 2 EGBGB has it.
INFORMATION_DE = (
    "1. Name und Kontaktangaben des Kreditgebers",
    "Kreditgeber",
    "Anschrift",
    "Telefon",
    "E-Mail",
    "Internet-Adresse",
    "Kreditvermittler",
    "2. Beschreibung der wesentlichen Merkmale des Kredits",
    "Kreditart",
    "Gesamtkreditbetrag",
    "Bedingungen für die Inanspruchnahme",
    "Laufzeit des Kreditvertrags",
    "Teilzahlungen",
    "Von Ihnen zu zahlender Gesamtbetrag",
    "Der Kredit ist mit der Lieferung einer bestimmten Ware verbunden",
    "Barzahlungspreis",
    "Verlangte Sicherheiten",
    "3. Kreditkosten",
    "Sollzinssatz",
    "Effektiver Jahreszins",
    "Repräsentatives Beispiel",
    "Ist der Abschluss einer Kreditversicherung",
    "Mit dem Kredit verbundene Kosten",
    "Kosten bei Zahlungsverzug",
    "Folgen ausbleibender Zahlungen",
    "4. Andere wichtige rechtliche Aspekte",
    "Widerrufsrecht",
    "Vorzeitige Rückzahlung",
    "Entschädigung bei vorzeitiger Rückzahlung",
    "Datenbankabfrage",
    "Recht auf einen Kreditvertragsentwurf",
    "Zeitraum, während dessen der Kreditgeber",
    "5. Zusätzliche Informationen beim Fernabsatz von Finanzdienstleistungen",
    "Registernummer",
    "Zuständige Aufsichtsbehörde",
    "Ausübung des Widerrufsrechts",
    "Sprache der Informationen",
    "Verfügbarkeit außergerichtlicher Beschwerde- und Rechtsbehelfsverfahren",
)
# SI 2010/1014 Schedule 1, for a fixed-sum loan without security.
AGREEMENT_GB = (
    "Parties to the agreement",
    "Creditor",
    "Address of the creditor",
    "Debtor",
    "Address of the debtor",
    "Credit intermediary",
    "Type of credit",
    "Goods",
    "Cash price",
    "Total amount of credit",
    "How and when the credit is provided",
    "Duration of the agreement",
    "Rate of interest",
    "APR",
    "Total amount payable",
    "Repayments",
    "Statement of account",
    "Missing payments",
    "Right of withdrawal",
    "Early repayment",
    "Complaints",
    "Supervisory authority",
    "Signature",
)
# Regulation (EU) 2019/2243, annex, part A; Ofcom General Condition C1.
SUMMARY_EN = (
    "Provider",
    "Address",
    "Services and equipment",
    "Speeds of the internet service and remedies",
    "Price",
    "Duration, renewal and termination",
    "Features for end-users with disabilities",
    "Other relevant information",
)
SUMMARY_DE = (
    "Anbieter",
    "Anschrift",
    "Dienste und Geräte",
    "Geschwindigkeiten des Internetdienstes und Abhilfen bei Problemen",
    "Preis",
    "Laufzeit, Verlängerung und Kündigung",
    "Funktionsmerkmale für Endnutzer mit Behinderungen",
    "Sonstige relevante Informationen",
)
# CONC 4.2.5R(2).
EXPLANATION = (
    "When this credit may not be right for you",
    "How much you pay",
    "Features that may cost you more than you expect",
    "What happens if you miss payments",
    "If you change your mind",
)
PRESCRIBED = [
    ("pre_contract_credit_information", "GB", "en-GB", INFORMATION_GB),
    ("pre_contract_credit_information", "DE", "de-DE", INFORMATION_DE),
    ("pre_contract_credit_information", "GB", "de-DE", INFORMATION_DE),
    ("pre_contract_credit_information", "DE", "en-GB", INFORMATION_GB),
    ("credit_agreement", "GB", "en-GB", AGREEMENT_GB),
    ("contract_summary", "GB", "en-GB", SUMMARY_EN),
    ("contract_summary", "DE", "de-DE", SUMMARY_DE),
    ("adequate_explanation", "GB", "en-GB", EXPLANATION),
]


def model_of(name: str, market: str, locale: str) -> DocumentModel:
    """The document of a retailer and lender that are known in full."""
    by = Circumstances(market=market, retailer=PARTY, lender=PARTY)
    return written(ALL[name], FACTS[name], locale, by).model


def headings(model: DocumentModel) -> list[str]:
    """Its headings and the labels of its rows, in their order."""
    found: list[str] = []
    for block in model.blocks:
        if isinstance(block, Heading):
            found.append(block.text)
        elif isinstance(block, DefinitionRows):
            found += [label for label, _ in block.rows]
    return found


@pytest.mark.parametrize(("name", "market", "locale", "prescribed"), PRESCRIBED)
def test_every_prescribed_heading_is_there_and_in_its_order(
    name: str, market: str, locale: str, prescribed: Sequence[str]
) -> None:
    """Each of the list begins a heading or a row, none before the one above it in the list."""
    rest = headings(model_of(name, market, locale))
    for wanted in prescribed:
        places = [number for number, one in enumerate(rest) if one.startswith(wanted)]
        assert places, f"{wanted!r} is missing after what comes before it: {rest}"
        rest = rest[places[0] + 1 :]


def test_the_agreement_has_the_heading_in_the_form_of_words_prescribed() -> None:
    """SI 2010/1014 Schedule 1 paragraph 1(1)(c), in either language of the market."""
    for locale in ("en-GB", "de-DE"):
        title = model_of("credit_agreement", "GB", locale).title
        assert title == "Fixed Sum Loan Agreement regulated by the Consumer Credit Act 1974"


@pytest.mark.parametrize("market", ["GB", "DE"])
@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_amounts_and_rates_of_a_dear_loan_are_stated(market: str, locale: str) -> None:
    """Amount, each repayment, total, charge and both rates, as the language writes them."""
    text = "\n".join(model_of("pre_contract_credit_information", market, locale).texts())
    regular = TERMS.instalments.regular
    figures = (TERMS.amount, regular, TERMS.total_payable, TERMS.total_payable - 71_800)
    for amount in figures:
        number = f"{amount / 100:,.2f}"
        german = number.replace(".", ";").replace(",", ".").replace(";", ",")
        assert (number if locale == "en-GB" else german) in text
    for rate in (str(TERMS.apr_percent), "13.97"):
        assert (rate if locale == "en-GB" else rate.replace(".", ",")) in text


@pytest.mark.parametrize("name", ["pre_contract_credit_information", "adequate_explanation"])
def test_payments_of_which_the_first_are_higher_are_stated_as_they_are_cut(name: str) -> None:
    """£100.00 over 24 months: 16 of £4.17, 7 of £4.16 and a last one of £4.16."""
    plan = replace(PLAN, apr_percent=Decimal(0))
    facts = replace(FACTS["pre_contract_credit_information"], terms=terms_of(plan, 10_000, 0))
    for locale, number in (("en-GB", "4.1"), ("de-DE", "4,1")):
        by = Circumstances(market="GB", retailer=PARTY, lender=PARTY)
        texts = written(ALL[name], facts, locale, by).model.texts()
        (row,) = [one for one in texts if f"{number}7" in one and "16" in one]
        assert row.count(f"{number}6") == 2


@pytest.mark.parametrize(
    ("market", "locale", "promises"),
    [
        (
            "GB",
            "en-GB",
            ("10 working days", "in full and at once", "cancel a Direct Debit at any time"),
        ),
        ("GB", "de-DE", ("10 Arbeitstage", "sofort und ganz", "jederzeit")),
        ("DE", "en-GB", ("10 working days", "Within eight weeks", "withdraw this mandate")),
        ("DE", "de-DE", ("10 Arbeitstage", "acht Wochen", "jederzeit")),
    ],
)
def test_the_guarantee_promises_notice_refund_and_an_end(
    market: str, locale: str, promises: Sequence[str]
) -> None:
    """The contents of the Bacs guarantee, or of a SEPA mandate; with the day of each payment."""
    model = model_of("direct_debit_guarantee", market, locale)
    text = "\n".join(model.texts())
    for promise in promises:
        assert promise in text
    assert ("Guarantee" in model.title or "Garantie" in model.title) == (market == "GB")
    days = ("6 January 2031", "6 February 2031")
    german = ("6. Januar 2031", "6. Februar 2031")
    assert all(day in text for day in (days if locale == "en-GB" else german))


def test_each_market_has_its_own_law() -> None:
    """14 days either way; but what a withdrawal does to the purchase is another law each."""
    british = dict(model_of("pre_contract_credit_information", "GB", "en-GB").lines())
    german = dict(model_of("pre_contract_credit_information", "DE", "de-DE").lines())
    assert "14 days" in british["Right of withdrawal"]
    assert "does not cancel the purchase" in british["Right of withdrawal"]
    assert "14 Tagen" in german["Widerrufsrecht"]
    assert "§ 358 BGB" in german["Widerrufsrecht"]
    text = " ".join(model_of("pre_contract_credit_information", "DE", "de-DE").texts())
    assert "Financial" not in text
    assert "SI 2010" not in text


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
@pytest.mark.parametrize("name", sorted(ALL))
def test_what_is_not_known_is_left_out_and_never_made_up(name: str, locale: str) -> None:
    """Without lender, goods and addresses the document is shorter: no gap, no placeholder."""
    facts = FACTS[name]
    bare = type(facts)(
        **{
            field: getattr(facts, field)
            for field in type(facts).__struct_fields__
            if field not in ("handset", "lender", "address")
        }
    )
    full = written(ALL[name], facts, locale, Circumstances(retailer=PARTY, lender=PARTY)).model
    less = written(ALL[name], bare, locale, Circumstances(retailer=Party(name="Shop"))).model
    assert sum(1 for _ in less.texts()) < sum(1 for _ in full.texts())
    for text in less.texts():
        assert text.strip()
        assert "{" not in text
        assert "None" not in text

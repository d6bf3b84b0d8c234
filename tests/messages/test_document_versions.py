"""Templates are never changed: the words of each version are known by their digest."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import pytest

from unshackled.domain.documents import CREDIT_AGREEMENT, TEMPLATES
from unshackled.messages import LANGUAGES
from unshackled.messages.document_formats import FORMS, written_text
from unshackled.messages.document_words import FOLDER, template_words

# Of a file that a release had. Another wording is another version, with a line of its own here.
RELEASED: dict[str, str] = {
    "adequate_explanation.1.de.toml": "809f48a7cb21ab37",
    "adequate_explanation.1.en.toml": "0c5ccd183ca8d622",
    "contract_summary.2.de.toml": "b452ad23cd57fc78",
    "contract_summary.2.en.toml": "dee0ef23a3a5215d",
    "credit_agreement.1.de.toml": "3f106044b30bdbeb",
    "credit_agreement.1.en.toml": "8babd6b58d5af2b6",
    "direct_debit_guarantee.1.de.toml": "fde0e5ebbffd5461",
    "direct_debit_guarantee.1.en.toml": "6f2ab7efd8dadc0c",
    "pre_contract_credit_information.2.de.toml": "f38a68a03ce87f10",
    "pre_contract_credit_information.2.en.toml": "fb462fa8bc78af96",
    "upgrade_terms.1.de.toml": "66ccc86a8cbdce47",
    "upgrade_terms.1.en.toml": "586611281216c8cc",
}
TEMPLATE_FILES = sorted(
    one.name for one in (files("unshackled.messages") / FOLDER).iterdir() if one.name.endswith("l")
)


def test_every_version_has_its_words_in_every_language() -> None:
    """The newest of each template, and nothing that no template has."""
    newest = {one.name: one.version for one in (*TEMPLATES.values(), CREDIT_AGREEMENT)}
    for name, version in newest.items():
        for language in LANGUAGES:
            assert template_words(name, version, language).blocks
    for file in TEMPLATE_FILES:
        name, number, language, _ = file.split(".")
        assert int(number) <= newest[name]
        assert language in LANGUAGES


@pytest.mark.parametrize("file", TEMPLATE_FILES)
def test_the_words_of_a_version_stay_as_they_are(file: str) -> None:
    """To the byte: evidence of years ago is written by them."""
    data = (files("unshackled.messages") / FOLDER / file).read_bytes()
    assert hashlib.sha256(data).hexdigest()[:16] == RELEASED[file]


@pytest.mark.parametrize(
    ("form", "value", "english", "german"),
    [
        ("money", 123_450, "£1,234.50", "1.234,50\u00a0£"),
        ("money", -5, "-£0.05", "-0,05\u00a0£"),
        ("date", "2027-02-28", "28 February 2027", "28. Februar 2027"),
        (
            "time",
            "2026-07-01T13:05:00+01:00",
            "1 July 2026, 13:05 (UTC+01:00)",
            "1. Juli 2026, 13:05 Uhr (UTC+01:00)",
        ),
        ("time", "2026-12-01T13:05:00+00:00", "1 December 2026, 13:05 (UTC)", None),
        ("percent", "29.90", "29.90%", "29,90\u00a0%"),
        ("number", "1234567.5", "1,234,567.5", "1.234.567,5"),
        ("months", 1, "1 month", "1 Monat"),
        ("months", 24, "24 months", "24 Monate"),
        ("days", 14, "14 days", "14 Tage"),
        ("payments", 1, "1 payment", "1 Rate"),
    ],
)
def test_amounts_days_and_numbers_are_written_by_our_own_forms(
    form: str, value: object, english: str, german: str | None
) -> None:
    """They are part of a version: no library's table of locales can change what was shown."""
    assert form in FORMS
    params = {"value": value, "currency": "GBP"}
    assert written_text("en", f"{{value:{form}}}", params) == english
    if german is not None:
        assert written_text("de", f"{{value:{form}}}", params) == german


@pytest.mark.parametrize(
    ("currency", "text"),
    [("EUR", "€12.50"), ("USD", "US$12.50"), ("JPY", "JPY\u00a01,250"), ("KWD", "KWD\u00a01.250")],
)
def test_every_currency_has_its_decimals(currency: str, text: str) -> None:
    """By ISO 4217: yen have none, dinars three."""
    assert written_text("en", "{value:money}", {"value": 1_250, "currency": currency}) == text

"""Forms as people fill them in: what is kept of them, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

from unshackled.domain import form
from unshackled.domain.codec import encode
from unshackled.domain.customer import (
    MODELS,
    Address,
    BankAccount,
    Contact,
    DeviceReturn,
    ExistingAgreement,
    IncomeAndOutgoings,
    NumberChoice,
    PaymentMethod,
)
from unshackled.domain.facts import Fact
from unshackled.domain.form import Given, Refusal
from unshackled.testing.samples import sample

GIVEN = Given(today=date(2026, 11, 30), days_on_offer=("2031-01-06",))
TELLS: dict[type[Fact], dict[str, Any]] = {
    **{model: encode(sample(model)) for model in MODELS.values()},
    NumberChoice: {"keep_number": True, "pac": "ABC123456", "current_number": "07700900456"},
}


def kept(model: type[Fact], given: Given = GIVEN, /, **changes: Any) -> dict[str, Any] | None:
    """What is kept of the sample with changes; None where it is refused."""
    found = form.read(model, {**TELLS[model], **changes}, given)
    return None if isinstance(found, Refusal) else found


def refused(model: type[Fact], given: Given = GIVEN, /, **changes: Any) -> dict[str, str]:
    """The code of each wrong field."""
    body = {name: v for name, v in {**TELLS[model], **changes}.items() if v is not ...}
    found = form.read(model, body, given)
    assert isinstance(found, Refusal), found
    return {one.path: one.code for one in found.findings}


NORMAL = [
    (Contact, "given_name", "  Ada \t", "Ada"),
    (Contact, "given_name", "Mary   Ann", "Mary Ann"),
    (Contact, "family_name", "Zoe\u0308", "Zoë"),
    (Contact, "family_name", "O\u2019Brien\u00a0Smith", "O\u2019Brien Smith"),
    (Contact, "family_name", "李", "李"),
    (Contact, "email", " Ada.L@Example.COM ", "Ada.L@example.com"),
    (Contact, "email", "ada+phones@müller.example", "ada+phones@müller.example"),
    (Contact, "phone", "07700 900123", "+447700900123"),
    (Contact, "phone", "+44 7700 900123", "+447700900123"),
    (Contact, "phone", "(07700) 900-123", "+447700900123"),
    (Contact, "phone", "+44 (0)7700 900 123", "+447700900123"),
    (Contact, "phone", "0044 7700 900123", "+447700900123"),
    (Contact, "phone", "020 7946 0018", "+442079460018"),
    (Contact, "phone", "+49 30 901820", "+4930901820"),
    (Contact, "date_of_birth", " 1990-04-17 ", "1990-04-17"),
    (Contact, "date_of_birth", "2008-02-29", "2008-02-29"),
    (Address, "postcode", "ls1 1aa", "LS1 1AA"),
    (Address, "postcode", "ls11aa", "LS1 1AA"),
    (Address, "postcode", " sw1a  1aa ", "SW1A 1AA"),
    (Address, "country", "gb", "GB"),
    (Address, "line2", "", ""),
    (Address, "line2", None, None),
    (BankAccount, "sort_code", "20-00-00", "200000"),
    (BankAccount, "sort_code", "20 00 00", "200000"),
    (BankAccount, "sort_code", "20\u201300\u201300", "200000"),
    (BankAccount, "account_number", "5577 9911", "55779911"),
    (BankAccount, "account_holder", "Wilhelmina Featherstonehaugh & Sons", ...),
    (NumberChoice, "pac", "abc 123 456", "ABC123456"),
    (NumberChoice, "pac", "ABC-123456", "ABC123456"),
    (NumberChoice, "current_number", "+44 7700 900456", "07700900456"),
    (NumberChoice, "current_number", "07700 900456", "07700900456"),
    (DeviceReturn, "imei", "49-015420-323751-8", "490154203237518"),
    (DeviceReturn, "imei", "49 015420 323751 8", "490154203237518"),
    (ExistingAgreement, "agreement", " agr-100001 ", "AGR-100001"),
]

REFUSED: list[tuple[type[Fact], str, Any, str]] = [
    (Contact, "given_name", "   ", "blank"),
    (Contact, "given_name", "\u200b", "control_characters"),
    (Contact, "given_name", "...", "blank"),
    (Contact, "given_name", "Ada\x00", "control_characters"),
    (Contact, "given_name", "Ada\nBcc: x", "control_characters"),
    (Contact, "given_name", "\u202eadA", "control_characters"),
    (Contact, "given_name", "a" * 121, "too_long"),
    (Contact, "given_name", 7, "not_text"),
    (Contact, "given_name", None, "missing"),
    (Contact, "family_name", ..., "missing"),
    (Contact, "nickname", "A", "unknown_field"),
    (Contact, "email", "ada", "invalid_email"),
    (Contact, "email", "ada@example", "invalid_email"),
    (Contact, "email", "a da@example.com", "invalid_email"),
    (Contact, "email", "ada@@example.com", "invalid_email"),
    (Contact, "email", "ada@ex@ample.com", "invalid_email"),
    (Contact, "email", "ada@example..com", "invalid_email"),
    (Contact, "email", ".ada@example.com", "invalid_email"),
    (Contact, "email", "ada@-example.com", "invalid_email"),
    (Contact, "email", "ada@example.com\nBcc: x@example.com", "invalid_email"),
    (Contact, "email", "ada@127.0.0.1", "invalid_email"),
    (Contact, "email", "a" * 65 + "@example.com", "invalid_email"),
    (Contact, "email", "a@" + "b" * 253 + ".com", "too_long"),
    (Contact, "phone", "+4407700900123", "invalid_phone"),
    (Contact, "phone", "07700900", "invalid_phone"),
    (Contact, "phone", "077009001234", "invalid_phone"),
    (Contact, "phone", "999", "invalid_phone"),
    (Contact, "phone", "0151 12345678", "invalid_phone"),
    (Contact, "phone", "0900 FLOWERS", "invalid_phone"),
    (Contact, "phone", "+999 12345678", "invalid_phone"),
    (Contact, "phone", "0" * 41, "too_long"),
    (Contact, "phone", 447700900123, "not_text"),
    (Contact, "date_of_birth", "2099-01-01", "date_in_future"),
    (Contact, "date_of_birth", "2026-12-01", "date_in_future"),
    (Contact, "date_of_birth", "1800-01-01", "date_too_early"),
    (Contact, "date_of_birth", "1899-12-31", "date_too_early"),
    (Contact, "date_of_birth", 631152000, "not_text"),
    (Contact, "date_of_birth", "631152000", "invalid_date"),
    (Contact, "date_of_birth", "17/04/1990", "invalid_date"),
    (Contact, "date_of_birth", "19900417", "invalid_date"),
    (Contact, "date_of_birth", "1990-02-30", "invalid_date"),
    (Contact, "date_of_birth", "1990-04-17T00:00:00Z", "too_long"),
    (Contact, "date_of_birth", "1990-W16-2", "invalid_date"),
    (Address, "line1", " ", "blank"),
    (Address, "town", "-", "blank"),
    (Address, "postcode", "QQ1 1CI", "invalid_postcode"),
    (Address, "postcode", "ZZ9 1AA", "invalid_postcode"),
    (Address, "postcode", "10115", "invalid_postcode"),
    (Address, "postcode", "", "invalid_postcode"),
    (Address, "postcode", "LS1 1AA LS1 1AA LS1 1AA", "too_long"),
    (Address, "country", "ZZ", "unknown_country"),
    (Address, "country", "UK", "unknown_country"),
    (Address, "country", "XK", "unknown_country"),
    (Address, "country", "GBR", "unknown_country"),
    (Address, "country", None, "missing"),
    (IncomeAndOutgoings, "monthly_net_income", True, "not_a_number"),
    (IncomeAndOutgoings, "monthly_net_income", "1_000", "not_a_number"),
    (IncomeAndOutgoings, "monthly_net_income", "1000", "not_a_number"),
    (IncomeAndOutgoings, "monthly_net_income", 1000.0, "not_a_number"),
    (IncomeAndOutgoings, "monthly_net_income", -1, "out_of_range"),
    (IncomeAndOutgoings, "monthly_net_income", 10**9, "out_of_range"),
    (IncomeAndOutgoings, "employment", "Employed", "wrong_option"),
    (IncomeAndOutgoings, "employment", ["employed"], "wrong_option"),
    (PaymentMethod, "token", "", "invalid_token"),
    (PaymentMethod, "token", "tok", "invalid_token"),
    (PaymentMethod, "token", "tok visa", "invalid_token"),
    (PaymentMethod, "token", "tok\nvisa", "invalid_token"),
    (PaymentMethod, "token", "tök_visa", "invalid_token"),
    (PaymentMethod, "token", "A" * 4097, "too_long"),
    (BankAccount, "sort_code", "20000", "invalid_sort_code"),
    (BankAccount, "sort_code", "2000000", "invalid_sort_code"),
    (BankAccount, "sort_code", 200000, "not_text"),
    (BankAccount, "account_number", "5577991", "invalid_account_number"),
    (BankAccount, "account_number", "٥٥٧٧٩٩١١", "invalid_account_number"),
    (BankAccount, "account_holder", "A" * 71, "too_long"),
    (NumberChoice, "keep_number", "yes", "not_a_yes_or_no"),
    (NumberChoice, "keep_number", 1, "not_a_yes_or_no"),
    (NumberChoice, "keep_number", None, "missing"),
    (NumberChoice, "pac", "AB1234567", "invalid_pac"),
    (NumberChoice, "pac", "123456ABC", "invalid_pac"),  # a STAC: it ends the old contract
    (NumberChoice, "pac", ..., "needed_with"),
    (NumberChoice, "pac", None, "needed_with"),
    (NumberChoice, "current_number", ..., "needed_with"),
    (NumberChoice, "current_number", "020 7946 0018", "invalid_mobile"),
    (NumberChoice, "current_number", "+49 151 12345678", "invalid_mobile"),
    (NumberChoice, "keep_number", False, "needed_with"),
    (NumberChoice, "keep_number", ..., "needed_with"),
    (DeviceReturn, "imei", "490154203237519", "invalid_imei"),
    (DeviceReturn, "imei", "49015420323751", "invalid_imei"),
    (DeviceReturn, "grade", "mint", "wrong_option"),
    (DeviceReturn, "model", "", "blank"),
    (ExistingAgreement, "agreement", "AGR", "invalid_agreement"),
    (ExistingAgreement, "agreement", "AGR_100001", "invalid_agreement"),
]

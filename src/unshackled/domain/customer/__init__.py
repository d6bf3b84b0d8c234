"""What customers tell us: the models a `collect` step can name.

A field's type says how it is kept, its entry how people may write it (see `domain.form`). What was
kept is read back by the type alone, so that no stored checkout breaks on a rule of today.
"""

from __future__ import annotations

from unshackled.domain.customer.consent import CardChargeConsent, CreditSearchConsent
from unshackled.domain.customer.contact import Contact
from unshackled.domain.customer.first_payment import FirstPayment
from unshackled.domain.customer.home_address import Address
from unshackled.domain.customer.means import BankAccount, IncomeAndOutgoings, PaymentMethod
from unshackled.domain.customer.number import NumberChoice
from unshackled.domain.customer.old_agreement import DeviceReturn, ExistingAgreement
from unshackled.domain.customer.trade_in_answer import TradeInAnswer
from unshackled.domain.facts import Fact

MODELS: dict[str, type[Fact]] = {
    "contact": Contact,
    "address": Address,
    "income_and_outgoings": IncomeAndOutgoings,
    "payment_method": PaymentMethod,
    "bank_account": BankAccount,
    "number": NumberChoice,
    "existing_agreement": ExistingAgreement,
    "device_return": DeviceReturn,
    "credit_search_consent": CreditSearchConsent,
    "first_payment": FirstPayment,
    "trade_in_answer": TradeInAnswer,
    "card_charge_consent": CardChargeConsent,
}

__all__ = [
    "MODELS",
    "Address",
    "BankAccount",
    "CardChargeConsent",
    "Contact",
    "CreditSearchConsent",
    "DeviceReturn",
    "ExistingAgreement",
    "FirstPayment",
    "IncomeAndOutgoings",
    "NumberChoice",
    "PaymentMethod",
    "TradeInAnswer",
]

"""One made-up value of every fact, and requests put together from them.

Names, numbers and addresses are reserved for examples; amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeVar

from unshackled.domain.codec import encode
from unshackled.domain.customer import TradeInAnswer
from unshackled.domain.facts import Fact
from unshackled.domain.personal import dataclasses_in, fields_of, split
from unshackled.domain.records import replace
from unshackled.ports.operation import Operation
from unshackled.sdk import ports

F = TypeVar("F", bound=Fact)

NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

HANDSET: Final = ports.HandsetLine(sku="handset-mid", title="Fern 8 Pro 256 GB", price=71_800)
TARIFF: Final = ports.TariffLine(
    sku="sim-50gb", title="50 GB", monthly=1_800, term_months=24, data_gb=50, total=43_200
)
CREDIT: Final = ports.CreditTerms(
    plan="credit-24-0",
    title="24 months, 0 % APR",
    product="fixed_sum_loan",
    amount=66_900,
    deposit=4_900,
    months=24,
    apr_percent=Decimal("0.0"),
    instalments=ports.Instalments(count=24, first=2_788, regular=2_788, last=2_776),
    total_payable=71_800,
)
ACCESSORIES: Final = ports.Accessories(
    lines=(ports.AccessoryLine(sku="case-clear", title="Clear case", price=1_900),), total=1_900
)
TRADE_IN: Final = ports.TradeInLine(
    imei="490154203237518", model="Fern 6", grade="good", estimate=12_000
)
PACKAGE: Final = ports.Package(
    handset=HANDSET, tariff=TARIFF, credit=CREDIT, accessories=ACCESSORIES, trade_in=TRADE_IN
)
QUOTE: Final = ports.Quote(
    id="quo_sample",
    currency="GBP",
    due_today=6_800,
    per_month=(
        ports.Monthly(part="credit", amount=2_788, months=24),
        ports.Monthly(part="tariff", amount=1_800, months=24),
    ),
    total_payable=116_900,
    apr_percent=Decimal("0.0"),
    trade_in_estimate=12_000,
    lines=(
        ports.QuoteLine(part="credit", title="24 months", due_today=4_900, total=71_800),
        ports.QuoteLine(part="tariff", title="50 GB", due_today=0, total=43_200),
        ports.QuoteLine(part="accessories", title="Clear case", due_today=1_900, total=1_900),
    ),
    valid_until=NOW + timedelta(hours=1),
    digest="sha256:" + "0" * 64,
)

SCHEDULE: Final = ports.PaymentSchedule(
    agreed_on=date(2030, 12, 2),
    first_payment=date(2031, 1, 6),
    payments=(
        ports.ScheduledPayment(number=1, due=date(2031, 1, 6), amount=2_788),
        ports.ScheduledPayment(number=2, due=date(2031, 2, 6), amount=2_788),
    ),
    notice_by=date(2030, 12, 18),
    apr_percent=Decimal("0.0"),
)
# A case clear goes back, and what the loan and the old device came to with it.
CASE: Final = ports.CaseRequest(
    case="refund-1",
    kind="refund",
    lines=(ports.CaseLine(part="accessories", sku="case-clear", quantity=1, amount=1_900),),
    amount=1_900,
    currency="GBP",
    reason="changed_mind",
    opened_at=NOW,
    opened_by="retailer",
)
CASE_MONEY: Final = ports.CaseMoney(payment=1_900, lender=66_900, trade_in=12_000, currency="GBP")
SAMPLES: Final[tuple[Fact, ...]] = (
    CASE,
    CASE_MONEY,
    ports.CheckoutRef(checkout="chk_sample", retailer="northstar", customer_ref="c-1"),
    ports.Contact(
        given_name="Wilhelmina",
        family_name="O'Featherstone & Söhne",
        email="wilhelmina@mail.example",
        phone="+447700900123",
        date_of_birth=date(1990, 4, 17),
    ),
    ports.Address(line1="1 Longacre Mews", town="Little Snoring", postcode="NR21 0AA"),
    ports.IncomeAndOutgoings(
        monthly_net_income=231_947,
        monthly_housing_cost=78_313,
        monthly_other_commitments=21_559,
        employment="self_employed",
    ),
    ports.PaymentMethod(token="tok_sample_visa"),
    ports.CreditSearchConsent(given=True, wording="sha256:" + "5a" * 32),
    ports.BankAccount(
        account_holder="W Featherstone", sort_code="108800", account_number="00012345"
    ),
    ports.FirstPayment(first_payment_date=date(2031, 1, 6)),
    ports.NumberChoice(),
    ports.ExistingAgreement(agreement="AGR-100001"),
    ports.DeviceReturn(imei="490154203237518", model="Fern 6", grade="good"),
    TradeInAnswer(accept=True),
    HANDSET,
    TARIFF,
    CREDIT,
    ACCESSORIES,
    TRADE_IN,
    PACKAGE,
    QUOTE,
    ports.DocumentShown(document="pre_contract_credit_information", digest="sha256:" + "1" * 64),
    ports.NamesLender(lender="Sample Finance"),
    ports.AddressVerified(delivery_point="23747771"),
    ports.AgreementSigned(envelope="env_sample"),
    ports.CreditQuoted(offer="off_sample", lender="Sample Finance"),
    SCHEDULE,
    ports.CreditDecision(application="app_sample", lender="Sample Finance"),
    ports.SettlementDue(
        agreement="AGR-100001", outstanding=25_000, rebate=0, trade_in=12_000, due=13_000
    ),
    ports.AgreementStanding(
        agreement="AGR-100001",
        repayments_made=14,
        months=24,
        amount=60_000,
        regular_payment=2_500,
        arrears=0,
        settlement_figure=25_000,
        apr_percent="0.0",
        started=NOW - timedelta(days=14 * 31),
    ),
    ports.DeliverySlot(
        id="slot-1",
        starts=NOW + timedelta(hours=21),
        ends=NOW + timedelta(hours=25),
        price=0,
    ),
    ports.IdentityMatched(
        matched=True, known=True, birth_date="equal", name_score=100, address_score=92
    ),
    ports.IdentityVerified(check="kyc_sample", level="standard"),
    ports.OrderDispatched(order="ORD-SAMPLE", dispatched_at=NOW),
    ports.MandateSetUp(mandate="UNSAMPLE0001"),
    ports.OrderPlaced(order="ORD-SAMPLE"),
    ports.PaymentAuthorised(payment="pay_sample", amount=6_800, currency="GBP"),
    ports.PaymentCharged(payment="pay_sample", amount=6_800, currency="GBP"),
    ports.PortingChecked(code_expires=date(2026, 12, 24), network="Sample Mobile"),
    ports.PortCompleted(msisdn="+447700900456", completed_at=NOW),
    ports.SimActivated(
        subscription="SUB-SAMPLE",
        msisdn="+447700900456",
        activation_code="LPA:1$smdp.sample.example$SAMPLE-1",
        iccid="8944110000000000016",
    ),
    ports.SimSwapChecked(swapped=False, known=True, covered_hours=240),
    ports.StockReserved(reservation="RES-SAMPLE"),
    ports.GoodsList(skus=("handset-mid", "case-clear")),
    ports.StockAvailability(
        levels=(
            ports.StockLevel(sku="handset-mid", state="in_stock"),
            ports.StockLevel(sku="case-clear", state="low"),
        )
    ),
    ports.DeviceValued(valuation="val_sample", amount=12_000),
    ports.TradeInAccepted(trade_in="ti_sample", amount=12_000),
    ports.AmountRefunded(refund="ref_sample", amount=1_900, currency="GBP"),
    ports.PaidOut(payout="out_sample", amount=12_000, currency="GBP"),
    ports.TradeInOutcome(
        ending="accepted",
        promised=12_000,
        worth=6_000,
        pay_out=0,
        charge=6_000,
        settle=0,
        currency="GBP",
        send_back=False,
        on_card=6_000,
    ),
    ports.CardChargeConsent(given=True, wording="sha256:" + "5a" * 32),
    ports.CardChargeLimit(most=12_000, currency="GBP"),
    ports.AmountCharged(payment="pay_sample", amount=6_000, currency="GBP"),
    ports.CreditEnded(agreement="AGR-100001", currency="GBP", lender=66_900),
    ports.CreditStatement(
        agreement="sample",
        as_of=date(2026, 12, 1),
        instalments_paid=0,
        paid=0,
        arrears=0,
        balance=66_900,
        currency="GBP",
    ),
    ports.InstalmentsRefund(customer=0, currency="GBP", as_of=date(2026, 12, 1)),
    ports.CreditRepaid(
        agreement="AGR-100001",
        amount=66_900,
        interest=0,
        currency="GBP",
        repaid_on=date(2026, 12, 1),
    ),
    ports.ReturnAccepted(number="RMA-SAMPLE", amount=1_900, currency="GBP"),
    ports.DeviceInspected(
        trade_in="ti_sample", grade="good", amount=12_000, inspected_at=NOW, estimate=12_000
    ),
    ports.MandateCanceled(mandate="UNSAMPLE0001"),
    ports.SimStopped(subscription="sub_sample", ends_on=date(2026, 12, 22)),
)
_BY_TYPE: Final[Mapping[type, Fact]] = {type(fact): fact for fact in SAMPLES}


def sample(shape: type[F], **changes: Any) -> F:
    """The sample of a fact type, with some fields changed."""
    fact: Any = _BY_TYPE[shape]
    changed: F = replace(fact, **changes)
    return changed


def fact_types(shape: type) -> Iterator[type]:
    """The fact types that the fields of a request are filled by."""
    for annotation in fields_of(shape).values():
        yield from (found for found in dataclasses_in(annotation) if issubclass(found, Fact))


def request_for(
    operation: Operation, *, currency: str = "GBP", facts: tuple[Fact, ...] = ()
) -> Any:
    """A request of an operation: each field from `facts` by its type, else from the samples.

    What neither has is left to the field's default.
    """
    known = {**_BY_TYPE, **{type(fact): fact for fact in facts}}
    fields = {}
    for name, annotation in fields_of(operation.request).items():
        found = [known[shape] for shape in dataclasses_in(annotation) if shape in known]
        if found:
            fields[name] = in_currency(found[0], currency)
    return operation.request(**fields)


def in_currency(fact: Fact, currency: str) -> Fact:
    """The same amounts of minor units in another currency."""
    other: Any = fact
    shape: Any = type(fact)
    if "currency" not in fields_of(shape):
        return fact
    changed: Fact = replace(other, currency=currency)
    return changed


def personal_words() -> frozenset[str]:
    """Every personal value of the samples of four characters or more, as it would be written."""
    found = set()
    for shape, fact in _BY_TYPE.items():
        found |= set(_leaves(split(shape, encode(fact))[1]))
    return frozenset(word for word in found if len(word) >= 4)


def _leaves(data: object) -> Iterator[str]:
    if isinstance(data, Mapping):
        for value in data.values():
            yield from _leaves(value)
    elif isinstance(data, list):
        for value in data:
            yield from _leaves(value)
    elif data is not None:
        yield str(data)

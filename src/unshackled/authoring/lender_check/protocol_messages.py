"""Every message of the lender protocol, as docs/lender-protocol.md tells it.

Amounts are integers in minor units of `currency`. Fields that a side does not know are ignored.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, HttpUrl

from unshackled.domain.bounds import TEXT

Reference = Annotated[str, Field(pattern=r"^[A-Z2-7]{26}$", description="The sender's reference.")]
Number = Annotated[str, Field(min_length=1, max_length=64, description="The lender's number.")]
Text = Annotated[str, Field(max_length=TEXT)]
Minor = Annotated[int, Field(ge=0, description="Minor units of the currency.")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217.")]
Percent = Annotated[str, Field(pattern=r"^[0-9]{1,4}(\.[0-9]+)?$", description="E.g. `9.9`.")]
Reason = Annotated[
    str,
    Field(
        pattern=r"^[A-Z_]{1,40}$",
        description="SCORE, AFFORDABILITY, AGE, SANCTIONS, IDENTITY, WITHDRAWN or another.",
    ),
]


AmountConcerned = Annotated[Minor | None, Field(description="What it is about, in minor units.")]
ToldMonths = Annotated[int | None, Field(ge=1, le=120, description="How long it runs.")]
ToldCurrency = Annotated[Currency | None, Field(description="Of the amount.")]


class WireMessage(BaseModel):
    """One JSON object on the wire."""

    model_config = ConfigDict(frozen=True)


class PaysOff(WireMessage):
    """An older agreement that is paid off when the new one starts, with exactly its figure."""

    agreement: Number
    figure: Minor
    on: date


class Credit(WireMessage):
    """What is to be lent.

    There are `months` instalments; the deposit and they add up to `total_payable`; they repay
    `amount` at the least.
    """

    product: Literal["fixed_sum_loan", "deferred_payment"]
    plan: str = Field(max_length=64, description="The plan's code, as agreed with the retailer.")
    currency: Currency
    amount: Annotated[int, Field(gt=0, description="What is lent, in minor units.")]
    deposit: Minor
    months: Annotated[int, Field(ge=1, le=120)]
    apr: Percent
    instalments: list[Minor] = Field(
        min_length=1, max_length=120, description="Every payment, in order."
    )
    total_payable: Minor
    pays_off: PaysOff | None = None


class PostalAddress(WireMessage):
    """Where the applicant lives."""

    lines: list[Text] = Field(min_length=1, max_length=4)
    town: Text
    postcode: Text
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")]


class Affordability(WireMessage):
    """Income and outgoings a month, in minor units."""

    monthly_net_income: Minor
    monthly_housing_cost: Minor
    monthly_other_commitments: Minor
    employment: Literal["employed", "self_employed", "retired", "student", "unemployed"]
    monthly_credit_commitments: Minor = 0
    dependents: Annotated[int, Field(ge=0, le=20)] = 0
    housing: Literal["owner", "mortgage", "tenant", "with_family"] | None = None


class Applicant(WireMessage):
    """Who asks. Personal in every field."""

    first_name: Text
    last_name: Text
    email: Text
    mobile: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$", description="E.164.")]
    born: date
    address: PostalAddress
    affordability: Affordability | None = Field(description="null where it was not asked for.")


class QuotationRequest(WireMessage):
    """Would you lend? A soft search."""

    client_reference: Reference
    lender: Text = Field(description="Which lender of a panel is asked.")
    credit: Credit
    applicant: Applicant


class FirstPaymentRules(WireMessage):
    """When a customer may begin to pay back; days count from the agreement."""

    earliest_days: Annotated[int, Field(ge=0, le=92)] = 14
    latest_days: Annotated[int, Field(ge=0, le=92)] = 45
    days_of_month: list[Annotated[int, Field(ge=1, le=31)]] = Field(
        default=[], max_length=31, description="Days that are allowed; any where there are none."
    )
    default_days: Annotated[int | None, Field(ge=0, le=92)] = Field(
        default=None, description="What counts where the customer does not choose; null: a month."
    )
    shift: Literal["none", "next", "previous", "next_in_month"] = Field(
        default="next", description="What becomes of a day that is no working day."
    )
    notice_working_days: Annotated[int, Field(ge=0, le=31)] = Field(
        default=10, description="Working days between the advance notice and the collection."
    )


class Eligible(WireMessage):
    """The lender would lend; the quotation may be applied for until `valid_until`."""

    outcome: Literal["ELIGIBLE"]
    quotation: Number
    lender_name: Text
    valid_until: AwareDatetime
    first_payment: FirstPaymentRules | None = Field(
        default=None, description="Which first payment dates you take; without it you choose it."
    )
    amount: AmountConcerned = None
    months: ToldMonths = None
    currency: ToldCurrency = None
    apr: Percent | None = Field(default=None, description="Of the offer, e.g. `9.9`.")


class Agency(WireMessage):
    """A credit reference agency on whose data you declined (CCA 1974 s.157(A1))."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    address: Annotated[str, Field(min_length=1, max_length=200)]
    phone: Annotated[str, Field(min_length=1, max_length=200)]


Agencies = Annotated[
    list[Agency], Field(max_length=5, description="On whose data you declined; else none.")
]


class NotEligible(WireMessage):
    """The lender would not."""

    outcome: Literal["NOT_ELIGIBLE"]
    reason: Reason
    lender_name: Text | None = Field(default=None, description="Who declined.")
    agencies: Agencies = []


class ApplicationRequest(WireMessage):
    """An application; a hard search unless `dry_run`."""

    client_reference: Reference
    lender: Text = Field(description="Which lender of a panel is asked; the one that quoted.")
    quotation: Number
    callback_url: HttpUrl = Field(description="Where the decision on a referral is sent.")
    credit: Credit
    applicant: Applicant
    dry_run: bool = Field(default=False, description="Decide, and do nothing else.")
    search_consent: Text | None = Field(
        default=None,
        description="The digest of the sentence by which the customer agreed to the search.",
    )
    first_payment_date: date | None = Field(
        default=None,
        description="The day of the first payment, before any shift to a working day. The later"
        " ones are on the same day of each month, or its last one.",
    )


class Application(WireMessage):
    """How an application stands; what it is about is compared with what was asked for."""

    application: Number
    client_reference: Reference
    lender_name: Text
    status: Literal["ACCEPTED", "REFERRED", "DECLINED", "WITHDRAWN", "ACTIVE"]
    reason: Reason | None = Field(description="Why it was declined or withdrawn; else null.")
    valid_until: AwareDatetime = Field(description="Until when an acceptance counts.")
    amount: AmountConcerned = None
    months: ToldMonths = None
    currency: ToldCurrency = None
    first_payment_date: date | None = Field(
        default=None, description="The day of the first payment, as it was asked for."
    )
    agencies: Agencies = []
    decision_by: AwareDatetime | None = Field(
        default=None, description="Of a referral: by when it is decided."
    )
    wanted: list[Annotated[str, Field(pattern=r"^[A-Z_]{1,40}$")]] = Field(
        default=[],
        max_length=10,
        description="Of a referral: what the customer has to tell first: EMPLOYER,"
        " PROOF_OF_INCOME, PREVIOUS_ADDRESS.",
    )


class DryRun(WireMessage):
    """What the lender would decide; nothing was searched, stored or promised."""

    dry_run: Literal[True]
    client_reference: Reference
    lender_name: Text
    status: Literal["ACCEPTED", "REFERRED", "DECLINED"]
    reason: Reason | None


class Decided(Application):
    """The callback: a person decided on a referred application."""

    event: Literal["application.decided"]


class Employer(WireMessage):
    """Where the customer works."""

    name: Text
    job_title: Text
    since: date


class ProofOfIncome(WireMessage):
    """The last payslip; `reference` is the number by which employer or tax office know it."""

    payslip_date: date
    net_pay: Minor
    reference: Text


class PreviousAddress(WireMessage):
    """Where the customer lived before, and until when."""

    line: Text
    town: Text
    postcode: Text
    until: date


class Information(WireMessage):
    """What you wanted to know; only what you asked for is there. Personal in every field."""

    client_reference: Reference
    employer: Employer | None = None
    proof_of_income: ProofOfIncome | None = None
    previous_address: PreviousAddress | None = None


class AmendmentRequest(WireMessage):
    """How the applicant is reached now. Personal in both."""

    client_reference: Reference
    email: Text
    mobile: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$", description="E.164.")]


class Amendment(WireMessage):
    """The application that was corrected."""

    application: Number


class AgreementRequest(WireMessage):
    """Start the agreement of an accepted application; its document is signed."""

    client_reference: Reference
    application: Number
    signed_envelope: Number = Field(description="The signing provider's number of the document.")


class Agreement(WireMessage):
    """A live agreement."""

    agreement: Number
    status: Literal["ACTIVE", "SETTLED"]
    amount: AmountConcerned = None
    months: ToldMonths = None
    currency: ToldCurrency = None
    paid_off: Annotated[
        int | None, Field(ge=0, description="What paid the older agreement off that was named.")
    ] = None


class SettlementFigure(WireMessage):
    """What pays an agreement off on a day, and until when that is taken."""

    figure: Minor
    on: date
    valid_until: AwareDatetime


class Standing(WireMessage):
    """How an agreement stands; with the figure it is settled by exactly that.

    `payments` are all repayments in order, where they are not all `regular_payment`.
    """

    agreement: Number
    status: Literal["ACTIVE", "SETTLED"]
    repayments_made: Annotated[int, Field(ge=0)]
    months: Annotated[int, Field(ge=1)]
    amount: Minor
    regular_payment: Minor
    arrears: Minor
    apr: Percent
    started: AwareDatetime
    settlement: SettlementFigure | None = None
    payments: Annotated[list[Minor], Field(max_length=480)] = []
    currency: ToldCurrency = None


class SettlementRequest(WireMessage):
    """Pay an agreement off: `amount` is `outstanding` less `rebate` and `trade_in`, at least 0.

    With `on`, the day of a figure that was told, it is exactly that figure.
    """

    client_reference: Reference
    currency: Currency
    outstanding: Annotated[int, Field(gt=0)]
    rebate: Minor
    trade_in: Minor
    amount: Minor
    on: date | None = None


class Settlement(WireMessage):
    """The receipt, and what was paid."""

    receipt: Number
    amount: AmountConcerned = None
    currency: ToldCurrency = None


class ErrorCode(WireMessage):
    """A code for machines and people; never anything of the request."""

    code: Annotated[str, Field(pattern=r"^[a-z_]{1,60}$")]


class Problem(WireMessage):
    """Every answer outside 2xx."""

    error: ErrorCode

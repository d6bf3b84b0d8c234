"""Credit: soft quotation, application, activation, and the agreement being upgraded from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Protocol

from unshackled.domain.customer import (
    ExistingAgreement,
)
from unshackled.domain.facts import Fact, added
from unshackled.domain.ledger import Transfer
from unshackled.domain.quote import BringsLines, QuoteLine
from unshackled.domain.records import AbstractRecord, Record
from unshackled.domain.upgrade_settlement import UpgradeSettlement
from unshackled.ports.amount_ranges import ReportsAmount, apart
from unshackled.ports.call_context import Call, Undo
from unshackled.ports.credit_application import (
    ROUNDING,
    SEARCH_CONSENT,
    ActivateCredit,
    AmendApplication,
    ApplicationAmended,
    ApplyForCredit,
    CreditActivated,
    CreditDecision,
    CreditQuoted,
    QuoteCredit,
    SearchFacts,
    SupplyInformation,
    written,
)
from unshackled.ports.credit_ending import (
    AskRepayment,
    CreditEnded,
    CreditRepaid,
    EndCredit,
)
from unshackled.ports.credit_statement import AskStatement, CreditStatement
from unshackled.ports.operation import effect, query, supplies, undoes
from unshackled.ports.outcome import Found, Outcome, Undone


class SettlementDay(Record, Fact):
    """The day on which an agreement is to be paid off, on the market's calendar."""

    on: date


class AskStanding(Record, forbid_unknown_fields=False):
    """Which agreement to look at, and the day of the settlement figure.

    Without a day it is the lender's to choose.
    """

    existing: ExistingAgreement
    on: SettlementDay | None = added(None)


class AgreementStanding(AbstractRecord, ReportsAmount):
    """How an agreement stands: the credit it began with and its payments, in minor units.

    `settlement_figure` is what pays it off on the day `settles_on`, by the lender's own sums; it
    counts for as long as the answer does, `figure_until`. `payments` are all repayments in order,
    where they are not all `regular_payment`.
    """

    agreement: str
    repayments_made: int
    months: int
    amount: int
    regular_payment: int
    arrears: int
    apr_percent: str
    started: datetime
    settlement_figure: int | None = added(None)
    settles_on: date | None = added(None)
    payments: tuple[int, ...] = added(())
    currency: str | None = added(None)
    figure_until: datetime | None = added(None)

    def differs(self, request: object) -> str | None:
        """The figure of another agreement, or of another day, than was asked for."""
        if not isinstance(request, AskStanding):
            return None
        return apart(
            {
                "agreement": request.existing.agreement,
                "settles_on": written(request.on.on if request.on else None),
            },
            {"agreement": self.agreement, "settles_on": written(self.settles_on)},
        )


class SettleCredit(Record, forbid_unknown_fields=False):
    """Pay off the old agreement with exactly what its lender asks for."""

    settlement: SettlementDue


class SettlementDue(AbstractRecord, UpgradeSettlement, BringsLines, ReportsAmount):
    """What settles the old agreement, its lines of the quote, and when a person looks at it."""

    def surplus(self) -> int:
        """Paid to the customer once the device was inspected."""
        return self.worth_more

    def quote_lines(self) -> tuple[QuoteLine, ...]:
        """What the customer pays of it today, 0 where others do, and what the device takes off."""
        price = self.shares.price if self.shares else 0
        lines = []
        if self.due or (self.figure and self.shares and self.shares.retailer):
            title = "Settlement of the old agreement"
            lines.append(
                QuoteLine(part="settlement", title=title, due_today=self.due, total=self.due)
            )
        if price:
            lines.append(
                QuoteLine(part="trade_in", title="Trade-in", due_today=-price, total=-price)
            )
        return tuple(lines)

    def differs(self, request: object) -> str | None:
        """A lender's figure that is not ours, by more than rounding explains."""
        if self.ours is None or self.programme is None:
            return None
        if self.figure is None:
            return f"no settlement figure was told where {self.ours} was worked out"
        if abs(self.figure - self.ours) <= ROUNDING:
            return None
        return f"settlement {self.figure} where {self.ours} was worked out"


class CreditSettled(AbstractRecord, ReportsAmount):
    """The lender's receipt for the settlement, with the amount in minor units where told."""

    receipt: str
    amount: int | None = added(None)
    currency: str | None = added(None)

    def differs(self, request: object) -> str | None:
        """Another amount than was sent."""
        if not isinstance(request, SettleCredit):
            return None
        return apart({"amount": request.settlement.to_lender}, {"amount": self.amount})


class CreditPort(Protocol):
    """A lender."""

    @query(declinable=True, moves="credit", counts_for="valid_for")
    async def quote(self, request: QuoteCredit, call: Call) -> Outcome[CreditQuoted]:
        """Would you lend? A soft search."""
        ...

    @effect(
        undo="withdraw",
        declinable=True,
        hard_search=True,
        follows="quote",
        moves="credit",
        supplied_by="supply",
    )
    async def apply(self, request: ApplyForCredit, call: Call) -> Outcome[CreditDecision]:
        """Apply: accepted, declined, or referred to a person (Pending). A hard search."""
        ...

    @supplies()
    async def supply(self, request: SupplyInformation, call: Call) -> Outcome[CreditDecision]:
        """Tell what the lender wanted to know; how the application stands then."""
        ...

    @undoes()
    async def withdraw(self, request: Undo[CreditDecision], call: Call) -> Undone:
        """Withdraw the application."""
        ...

    @effect(leaves_nothing=True, follows="apply")
    async def amend(self, request: AmendApplication, call: Call) -> Outcome[ApplicationAmended]:
        """Correct the e-mail address and phone of an application; it is not decided anew."""
        ...

    @effect(
        follows="apply",
        carries=("credit",),
        collects=("instalments",),
        transfers=(
            Transfer(sender="lender", receiver="retailer", what="credit"),
            # What it pays of the retailer's to the older lender.
            Transfer(
                sender="retailer",
                receiver="lender",
                what="settlement",
                field="paid_off",
                only_reported=True,
            ),
        ),
    )
    async def activate(self, request: ActivateCredit, call: Call) -> Outcome[CreditActivated]:
        """Start the agreement; only after the pivot."""
        ...

    @query(declinable=True)
    async def standing(self, request: AskStanding, call: Call) -> Outcome[AgreementStanding]:
        """How an existing agreement stands; `agreement_not_found`, `agreement_settled`."""
        ...

    @effect(
        follows="standing",
        transfers=(Transfer(sender="retailer", receiver="lender", what="settlement"),),
    )
    async def settle(self, request: SettleCredit, call: Call) -> Outcome[CreditSettled]:
        """Settle an existing agreement; only after the pivot."""
        ...

    @effect(
        declinable=True,
        of_sale=("activate", "apply"),
        transfers=(
            Transfer(sender="retailer", receiver="lender", what="credit_returned", field="lender"),
            Transfer(
                sender="lender", receiver="customer", what="instalments_returned", field="customer"
            ),
        ),
    )
    async def end(self, request: EndCredit, call: Call) -> Outcome[CreditEnded]:
        """End an agreement; `withdrawal_too_late`, `agreement_not_found`, `agreement_settled`."""
        ...

    @query(
        waits=True,
        of_sale=("activate", "apply"),
        transfers=(Transfer(sender="customer", receiver="lender", what="credit_repaid"),),
    )
    async def repayment(self, request: AskRepayment, call: Call) -> Outcome[CreditRepaid]:
        """Did the customer repay what they withdrew from? Pending until then, and due by a day."""
        ...

    @query(declinable=True, of_sale=("activate", "apply"))
    async def statement(self, request: AskStatement, call: Call) -> Outcome[CreditStatement]:
        """What was paid of the sale's own agreement by now; `agreement_not_found`."""
        ...

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of the effect under our reference."""
        ...


PORT: Final = CreditPort

__all__ = [
    "PORT",
    "ROUNDING",
    "SEARCH_CONSENT",
    "ActivateCredit",
    "AgreementStanding",
    "AmendApplication",
    "ApplicationAmended",
    "ApplyForCredit",
    "AskRepayment",
    "AskStanding",
    "AskStatement",
    "CreditActivated",
    "CreditDecision",
    "CreditEnded",
    "CreditPort",
    "CreditQuoted",
    "CreditRepaid",
    "CreditSettled",
    "CreditStatement",
    "EndCredit",
    "QuoteCredit",
    "SearchFacts",
    "SettleCredit",
    "SettlementDay",
    "SettlementDue",
    "SupplyInformation",
]

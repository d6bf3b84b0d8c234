"""Credit that ends after the sale: by withdrawal or cancellation, and what is owed for it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from unshackled.domain.case import CaseRequest
from unshackled.domain.case_money import CaseMoney, InstalmentsRefund, with_instalments
from unshackled.domain.facts import Fact, added
from unshackled.domain.records import AbstractRecord, Record
from unshackled.ports.amount_ranges import ReportsAmount, apart
from unshackled.ports.credit_application import ROUNDING, CreditActivated, CreditDecision


class EndCredit(Record, forbid_unknown_fields=False):
    """End a live agreement: the customer withdraws from it, or what it paid for went back."""

    case: CaseRequest
    money: CaseMoney | None = None
    activated: CreditActivated | None = None
    decision: CreditDecision | None = None
    instalments: InstalmentsRefund | None = added(None)

    @property
    def sums(self) -> CaseMoney | None:
        """The money of the case, with the instalments that were paid of the credit by now."""
        return None if self.money is None else with_instalments(self.money, self.instalments)

    @property
    def reason(self) -> Literal["withdrawal", "cancellation"]:
        """Why it ends: the goods stay on withdrawal, and are gone on cancellation."""
        return "withdrawal" if self.case.kind == "withdrawal" else "cancellation"


class CreditEnded(AbstractRecord, ReportsAmount):
    """How an agreement ended, and who pays whom because of it; all in minor units.

    `lender` is what the lender has of the retailer, of what it financed; `customer` what the
    customer has of the lender: instalments that were paid. On withdrawal `owed` is what the lender
    has of the customer by `repay_by`: the capital and `interest`, which is part of it.
    """

    agreement: str
    currency: str
    lender: int = 0
    customer: int = 0
    owed: int = 0
    interest: int = 0
    repay_by: date | None = None

    def differs(self, request: object) -> str | None:
        """Another sum between any two than the case has, or another currency.

        What depends on interest and on what was paid is the lender's to say: it may differ by what
        rounding explains.
        """
        ours = request.sums if isinstance(request, EndCredit) else None
        if ours is None:
            return None
        names = ["currency", "lender"]
        names += [name for name in ("customer", "owed", "interest") if self._is_apart(ours, name)]
        return apart(
            {name: getattr(ours, name) for name in names},
            {name: getattr(self, name) for name in names},
        )

    def _is_apart(self, money: CaseMoney, name: str) -> bool:
        ours: int = getattr(money, name)
        theirs: int = getattr(self, name)
        return abs(theirs - ours) > ROUNDING


class AskRepayment(Record, forbid_unknown_fields=False):
    """Which credit that the customer withdrew from is to be repaid."""

    case: CaseRequest
    ended: CreditEnded | None = None
    activated: CreditActivated | None = None


class CreditRepaid(Record, Fact):
    """What the customer paid the lender after a withdrawal, `interest` in it, and when.

    In minor units; nothing where nothing was owed.
    """

    agreement: str
    amount: int
    interest: int
    currency: str
    repaid_on: date

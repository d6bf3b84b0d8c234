"""Affordability: what a customer can repay a month, and whether an instalment fits (CONC 5.2A).

The figures are the customer's own, a month, in minor units. What is asked is proportionate (CONC
5.2A.20R): from which amount on, a flow says by its `when`.
"""

from __future__ import annotations

from typing import Final

from unshackled.domain.customer import IncomeAndOutgoings
from unshackled.domain.decline_details import AffordabilityFigures
from unshackled.domain.facts import Fact
from unshackled.domain.package import CreditTerms, TariffLine
from unshackled.domain.records import Record

HUNDRED: Final = 100


class AffordabilityPolicy(Record, Fact):
    """What has to be left.

    `max_share_percent` is how much of the disposable income one instalment may take,
    `min_left` what must remain after it. `buffer_percent` is added to the outgoings, for what
    rises or was forgotten; `per_dependent` is what each person costs who depends on the customer.
    """

    max_share_percent: int = HUNDRED
    min_left: int = 0
    buffer_percent: int = 0
    per_dependent: int = 0

    def __post_init__(self) -> None:
        """Refuse a policy that nobody or everybody fits; raises `ValueError`."""
        if not 1 <= self.max_share_percent <= HUNDRED:
            raise ValueError(f"max_share_percent: {self.max_share_percent} is not 1 to {HUNDRED}")
        for name in ("min_left", "buffer_percent", "per_dependent"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: {getattr(self, name)} is below 0")


def affordability(
    means: IncomeAndOutgoings,
    instalment: int,
    policy: AffordabilityPolicy,
    *,
    new_commitments: int = 0,
) -> AffordabilityFigures:
    """Work out what the customer can repay; `new_commitments` come with the purchase.

    E.g. the tariff's dearest month. The buffer is rounded up and the share down, so that rounding
    never makes credit affordable.
    """
    outgoings = (
        means.monthly_housing_cost
        + means.monthly_other_commitments
        + means.monthly_credit_commitments
    )
    raised = -(-outgoings * (HUNDRED + policy.buffer_percent) // HUNDRED)
    family = means.dependents * policy.per_dependent
    disposable = means.monthly_net_income - raised - family - new_commitments
    share = disposable * policy.max_share_percent // HUNDRED
    most = max(0, min(share, disposable - policy.min_left))
    return AffordabilityFigures(disposable=disposable, most=most, instalment=instalment)


def dearest_instalment(terms: CreditTerms) -> int:
    """The highest of a credit's instalments."""
    return max(terms.instalments.amounts)


def dearest_month(tariff: TariffLine) -> int:
    """What a tariff's dearest month costs, with the rises that are stated in its term."""
    return max([tariff.monthly, *(rise.monthly for rise in tariff.rises)])

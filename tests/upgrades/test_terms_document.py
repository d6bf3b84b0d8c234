"""The terms of an upgrade as a document: what it says is what is done then."""

from __future__ import annotations

from typing import get_args

import pytest

from tests.upgrades.test_after_inspection import DUE, programmes
from unshackled.domain.documents import (
    TEMPLATES,
    Circumstances,
    Party,
    UpgradeTermsFacts,
)
from unshackled.domain.money import Money, format_money
from unshackled.domain.records import replace
from unshackled.domain.upgrade import Programme
from unshackled.domain.upgrade_settlement import UpgradeSettlement
from unshackled.domain.upgrade_shares import Ending, after_inspection, upgrade_shares
from unshackled.messages import written
from unshackled.testing.samples import QUOTE

BY = Circumstances(retailer=Party(name="Orbit", address="44 Circle Road, Bristol BS1 4AA"))


def _text(programme: Programme, value: int = 20_000) -> str:
    shares = upgrade_shares(programme, 30_000, value, DUE)
    due = UpgradeSettlement(
        agreement="AGR-1",
        outstanding=30_000,
        rebate=0,
        trade_in=shares.device,
        due=shares.customer,
        worth_more=shares.pay_out,
        figure=30_000,
        programme=programme,
        shares=shares,
        package_due=DUE,
    )
    facts = UpgradeTermsFacts(settlement=due, quote=QUOTE)
    model = written(TEMPLATES["upgrade_terms"], facts, "en-GB", BY).model
    return "\n".join(model.texts())


def _money(amount: int) -> str:
    return format_money(Money(amount=amount, currency="GBP"))


@pytest.mark.parametrize("value", [20_000, 30_000, 45_000])
def test_the_document_of_every_programme_says_what_is_done_then(value: int) -> None:
    """Who pays the agreement off, once; and what a device costs that is worse, or is not here."""
    for programme in programmes():
        text = _text(programme, value)
        shares = upgrade_shares(programme, 30_000, value, DUE)
        payers = ("We do, with", "We do, once", "The lender of your new credit")
        assert sum(text.count(one) for one in payers) == 1
        assert ("You pay today\n" in text) == (shares.customer > 0)
        worst = after_inspection(programme, shares, 0, DUE)
        assert (f"{_money(worst.charge)} at most" in text) == (worst.charge > 0)
        for ending in get_args(Ending)[1:]:
            away = after_inspection(programme, shares, 0, DUE, ending=ending)
            assert (f"You pay {_money(away.charge)}." in text) == (away.charge > 0)
            goes_on = programme.not_returned == "agreement_goes_on"
            assert ("goes on as before and is not paid off" in text) == goes_on
            assert ("is paid off all the same" in text) != goes_on
            assert (f"paid back to you: {_money(away.pay_out)}" in text) == (away.pay_out > 0)


def test_a_programme_without_a_return_tells_no_deadline() -> None:
    """And silence is told as it counts."""
    plain = Programme(name="one", months=24, min_repayments=12, silence="decline")
    assert "Without an answer by then you get your device back" in _text(plain)
    assert "Within 14 days" in _text(plain)
    assert "Within" not in _text(replace(plain, requires_return=False))

"""What a card may be charged for an old device: never more than the customer agreed to."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from tests.upgrades.test_after_inspection import programmes
from unshackled.domain.card_charge import CardChargeLimit, allowed_on_card
from unshackled.domain.records import replace
from unshackled.domain.upgrade import Programme
from unshackled.domain.upgrade_shares import Ending, after_inspection, most_charged, upgrade_shares
from unshackled.markets import market_pack
from unshackled.ports.card_charge_rules import CardLimitFacts, card_charge_limit
from unshackled.ports.credit import SettlementDue
from unshackled.ports.outcome import Passed
from unshackled.ports.trade_in import DeviceValued
from unshackled.ports.trade_in_rules import (
    DeviceRegraded,
    TradeInFacts,
    TradeInOutcome,
    still_owed,
    trade_in_news,
    trade_in_outcome,
)
from unshackled.sdk.ports import CardChargeConsent
from unshackled.testing.samples import QUOTE, sample

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
RULES = market_pack("GB").on(NOW.date())
YES = sample(CardChargeConsent)
NO = replace(YES, given=False)
LIMIT = CardChargeLimit(most=12_000, currency="GBP")


@pytest.mark.parametrize("promised", [0, 5_000, 20_000, 40_000])
def test_nothing_that_can_happen_to_a_device_costs_more_than_was_said(promised: int) -> None:
    """Every programme, worth and ending: at most what is named, and that in one of them at least.

    `due` is what is due today of the package alone.
    """
    for programme, due in product(programmes(), (0, 8_000)):
        agreed = upgrade_shares(programme, 30_000, promised, due)
        most = most_charged(programme, agreed, due)
        endings: tuple[Ending, ...] = ("accepted", "sent_back", "not_returned")
        came = {
            after_inspection(programme, agreed, worth, due, ending=one).charge
            for worth, one in product((0, 1, promised // 2, promised, promised + 1), endings)
        }
        assert max(came) == most, programme


@pytest.mark.parametrize(
    ("charge", "limit", "consent", "expected"),
    [
        (6_000, LIMIT, YES, 6_000),
        (12_000, LIMIT, YES, 12_000),
        (12_001, LIMIT, YES, 0),
        (6_000, LIMIT, NO, 0),
        (6_000, LIMIT, None, 0),
        (6_000, None, YES, 0),
        (0, LIMIT, YES, 0),
    ],
)
def test_a_card_is_charged_what_its_holder_agreed_to(
    charge: int,
    limit: CardChargeLimit | None,
    consent: CardChargeConsent | None,
    expected: int,
) -> None:
    """All of it, or nothing: no part of a sum that is beyond the limit, and nothing by a no."""
    assert allowed_on_card(charge, limit, consent) == expected


def _due(**terms: Any) -> SettlementDue:
    """An upgrade of 30,000 with a device for 20,000, and 8,000 due today of the package."""
    programme = Programme(name="one", months=24, min_repayments=12, **terms)
    shares = upgrade_shares(programme, 30_000, 20_000, 8_000)
    return replace(
        sample(SettlementDue), programme=programme, shares=shares, figure=30_000, package_due=8_000
    )


@pytest.mark.parametrize(
    ("settlement", "most"),
    [
        (_due(), 20_000),
        (_due(left_paid_by="retailer", not_returned="settlement"), 30_000),
        (_due(left_paid_by="retailer"), 0),
        (_due(trade_in_covers="price"), 8_000),
        (_due(trade_in_covers="none"), 0),
    ],
)
def test_the_limit_is_said_by_the_terms_of_the_order(settlement: SettlementDue, most: int) -> None:
    """By hand: the device's value, the settlement the retailer paid, what it took off the price."""
    facts = CardLimitFacts(
        valuation=DeviceValued(valuation="v-1", amount=20_000),
        quote=QUOTE,
        settlement=settlement,
        handset=None,
        credit=None,
    )
    found = card_charge_limit(facts, NOW, RULES)
    assert found == Passed(output=CardChargeLimit(most=most, currency=QUOTE.currency))


def _outcome(**changes: Any) -> TradeInOutcome:
    """20,000 were promised, and the device never came."""
    away = DeviceRegraded(promised=20_000, worth=0, arrived=False, lower=False, currency="GBP")
    facts: dict[str, Any] = {
        "regraded": away,
        "quote": QUOTE,
        "answer": None,
        "settlement": _due(),
        "standing": None,
        "handset": None,
        "credit": None,
    }
    found = trade_in_outcome(TradeInFacts(**(facts | changes)), NOW, RULES)
    assert isinstance(found, Passed)
    return found.output


def test_the_outcome_says_what_goes_on_the_card() -> None:
    """Of the 20,000 all with a yes and a limit, nothing without: then a person collects them."""
    limit = CardChargeLimit(most=20_000, currency="GBP")
    assert _outcome(consent=YES, limit=limit).on_card == 20_000
    for changes in (
        {"consent": NO, "limit": limit},
        {"limit": limit},
        {"consent": YES, "limit": replace(limit, most=19_999)},
    ):
        found = _outcome(**changes)
        assert (found.charge, found.on_card) == (20_000, 0), changes


def test_the_customer_reads_how_they_pay() -> None:
    """On the card where it is charged; else that it is to be paid, and what went wrong."""
    limit = CardChargeLimit(most=20_000, currency="GBP")
    charged = _outcome(consent=YES, limit=limit)
    ((code, _),) = trade_in_news(None, charged)
    assert code == "trade_in_not_returned_on_card"
    assert still_owed(charged) == ("trade_in_not_charged", {"charge": 20_000, "currency": "GBP"})
    ((code, _),) = trade_in_news(None, _outcome())
    assert code == "trade_in_not_returned_charge"

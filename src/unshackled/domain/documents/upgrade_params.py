"""What fills the terms of an upgrade: its programme, and what it comes to with this device."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from unshackled.domain.documents.document_facts import UpgradeTermsFacts
from unshackled.domain.documents.document_params import Params, common_params
from unshackled.domain.documents.document_parties import Circumstances
from unshackled.domain.upgrade import Programme
from unshackled.domain.upgrade_settlement import UpgradeSettlement
from unshackled.domain.upgrade_shares import UpgradeShares, after_inspection, upgrade_shares

DAY: Final = timedelta(days=1)


def upgrade_params(facts: UpgradeTermsFacts, by: Circumstances) -> Params:
    """Who settles what and when, what the device counts for, and what it costs where it is not."""
    due = facts.settlement
    programme = due.programme or Programme(name="upgrade", months=1, min_repayments=0)
    shares = due.shares or _of_before(due, programme)
    return {
        **common_params(by, facts.quote.currency),
        "agreement": due.agreement,
        "figure": due.to_lender,
        "figure_until": due.figure_until.isoformat() if due.figure_until else None,
        "settles_on": due.settles_on.isoformat() if due.settles_on else None,
        **_settled(programme),
        **_shares(shares),
        **(_device(programme) if programme.requires_return else {}),
        **_otherwise(programme, shares, due.package_due),
    }


def _of_before(due: UpgradeSettlement, programme: Programme) -> UpgradeShares:
    """Of before there were shares: the customer paid what the device did not."""
    whole, value = due.due + due.trade_in, due.trade_in + due.worth_more
    return upgrade_shares(programme, whole, value, due.package_due)


def _settled(programme: Programme) -> Params:
    """When the old agreement is paid off: one of three."""
    by_credit = programme.left_paid_by == "new_credit"
    late = programme.settles == "after_inspection"
    return {
        "by_new_credit": by_credit,
        "after_inspection": late,
        "at_order": not (by_credit or late),
    }


def _shares(shares: UpgradeShares) -> Params:
    """Who pays which part of the settlement, and what becomes of the device's value."""
    return {
        "device_pays": shares.device or None,
        "customer_pays": shares.customer or None,
        "retailer_pays": shares.retailer or None,
        "credit_pays": shares.new_credit or None,
        "value": shares.value,
        "off_price": shares.price or None,
        "pay_out": shares.pay_out or None,
        "forfeit": shares.forfeit or None,
    }


def _device(programme: Programme) -> Params:
    """How long everybody has, in days, and what silence means."""
    return {
        "returns": True,
        "return_days": programme.return_within // DAY,
        "inspect_days": programme.inspect_within // DAY,
        "answer_days": programme.answer_within // DAY,
        "silence_accepts": programme.silence == "accept",
    }


def _otherwise(programme: Programme, shares: UpgradeShares, package_due: int) -> Params:
    """What the customer pays or is paid where the device is better, worse, or not here.

    By the very rule that decides it then: of a device that is worth nothing the most that worse
    ones cost.
    """
    better = after_inspection(programme, shares, shares.value + 1, package_due)
    worst = after_inspection(programme, shares, 0, package_due)
    away = after_inspection(programme, shares, 0, package_due, ending="not_returned")
    goes_on = programme.not_returned == "agreement_goes_on"
    return {
        "better_is_paid": better.pay_out > shares.pay_out,
        "worse_most": worst.charge or None,
        "worse_from_payout": shares.pay_out > 0,
        "away_goes_on": goes_on,
        "away_back": away.pay_out or None,
        "away_pays": away.charge or None,
        "away_nothing": not (goes_on or away.charge),
    }

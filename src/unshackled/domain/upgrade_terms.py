"""What a customer is told of an upgrade before it: one sentence for each term, as a code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from unshackled.domain.records import Record
from unshackled.domain.upgrade import Programme
from unshackled.domain.upgrade_shares import UpgradeShares

_DAY = timedelta(days=1)


class UpgradeSentence(Record):
    """A code of the catalogues of sentences, with its parameters."""

    code: str
    params: Mapping[str, Any]


def upgrade_terms(
    programme: Programme, shares: UpgradeShares, currency: str
) -> tuple[UpgradeSentence, ...]:
    """Who pays what, what the device counts for, and what becomes of it: in this order."""
    told = (
        *_money(programme, shares),
        *(_device(programme) if programme.requires_return else ()),
    )
    return tuple(
        UpgradeSentence(code=code, params={**params, "currency": currency}) for code, params in told
    )


def _money(programme: Programme, shares: UpgradeShares) -> Iterator[tuple[str, Mapping[str, Any]]]:
    covers = programme.trade_in_covers
    worth = {"value": shares.value, "amount": shares.device}
    yield f"upgrade_device_for_{covers}", worth
    left = shares.settlement - shares.device
    if left:
        yield f"upgrade_left_to_{programme.left_paid_by}", {"amount": left}
    rest = shares.value - shares.device
    if covers == "price":
        yield f"upgrade_rest_{programme.surplus}", {}
    elif covers == "settlement" and rest:
        yield f"upgrade_surplus_{programme.surplus}", {"amount": rest}


def _device(programme: Programme) -> Iterator[tuple[str, Mapping[str, Any]]]:
    days = {
        "days": programme.return_within // _DAY,
        "answer_days": programme.answer_within // _DAY,
    }
    yield f"upgrade_silence_{programme.silence}", days
    yield f"upgrade_not_returned_{programme.not_returned}", days

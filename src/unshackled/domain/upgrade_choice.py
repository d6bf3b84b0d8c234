"""An upgrade that a package is priced with: what was stored of it, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from unshackled.domain.package import PaysOff, Selection, UpgradeLine
from unshackled.domain.records import Record
from unshackled.domain.selection import SelectionFault
from unshackled.domain.stored_eligibility import StoredEligibility
from unshackled.domain.upgrade_shares import upgrade_shares

PATH = "package.upgrade.eligibility"


class ChosenUpgrade(Record):
    """What a package has of an upgrade; `pays_off` where its credit pays the old agreement off."""

    line: UpgradeLine
    pays_off: PaysOff | None = None


def chosen_upgrade(
    stored: StoredEligibility, fresh: tuple[int, date] | None = None
) -> ChosenUpgrade | None:
    """The upgrade of an answer; None where that was a no.

    `fresh` is what the lender asks for now and on which day, where a checkout has asked again.
    """
    if stored.open is None:
        return None
    figure, on = fresh or (stored.open.figure, stored.open.settles_on)
    shares = upgrade_shares(stored.programme, figure, stored.open.shares.value, 0)
    line = UpgradeLine(
        eligibility=stored.id,
        programme=stored.programme.name,
        agreement=stored.agreement,
        figure=figure,
        on=on,
    )
    if stored.programme.left_paid_by != "new_credit":
        return ChosenUpgrade(line=line)
    pays_off = PaysOff(agreement=stored.agreement, figure=figure, on=on, amount=shares.new_credit)
    return ChosenUpgrade(line=line, pays_off=pays_off)


def upgrade_faults(selection: Selection, upgrade: ChosenUpgrade | None) -> Iterator[SelectionFault]:
    """An upgrade that is not there, or needs a credit that is not chosen."""
    if selection.upgrade is None:
        return
    if upgrade is None:
        yield SelectionFault(path=PATH, code="unknown_upgrade")
    elif upgrade.pays_off is not None and selection.credit is None:
        yield SelectionFault(path="package.credit", code="upgrade_without_credit")

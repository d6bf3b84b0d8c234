"""An upgrade as the sample standing and the sample device make it, to be paid by a new credit."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from unshackled.domain.package import PaysOff, UpgradeChoice, UpgradeLine
from unshackled.domain.upgrade_choice import ChosenUpgrade
from unshackled.ports.credit import AgreementStanding
from unshackled.ports.trade_in import DeviceValued
from unshackled.testing.samples import NOW, sample

_STANDING: Final = sample(AgreementStanding)
_FIGURE: Final = _STANDING.settlement_figure or 0
_ON: Final = NOW.date() + timedelta(days=28)
CHOICE: Final = UpgradeChoice(eligibility="elg_SAMPLE")
LINE: Final = UpgradeLine(
    eligibility=CHOICE.eligibility,
    programme="sample",
    agreement=_STANDING.agreement,
    figure=_FIGURE,
    on=_ON,
)
PAYS_OFF: Final = PaysOff(
    agreement=_STANDING.agreement,
    figure=_FIGURE,
    on=_ON,
    amount=_FIGURE - sample(DeviceValued).amount,
)
UPGRADE: Final = ChosenUpgrade(line=LINE, pays_off=PAYS_OFF)

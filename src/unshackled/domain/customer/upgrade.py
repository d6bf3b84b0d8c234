"""`collect: existing_agreement` and `device_return`: what an upgrade begins with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from unshackled.domain.entries import AGREEMENT, IMEI, Text
from unshackled.domain.facts import Fact
from unshackled.domain.personal import Personal


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingAgreement(Fact):
    """The agreement that a customer wants to upgrade from."""

    agreement: Annotated[str, AGREEMENT]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReturn(Fact):
    """The device that comes back in an upgrade."""

    imei: Personal[Annotated[str, IMEI]]
    model: Annotated[str, Text(example="Fern 6")]
    grade: Literal["pristine", "good", "worn", "broken"]

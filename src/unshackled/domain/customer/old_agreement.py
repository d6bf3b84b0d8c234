"""`collect: existing_agreement` and `device_return`: what an upgrade begins with."""

from __future__ import annotations

from typing import Annotated, Literal

from unshackled.domain.entries import AGREEMENT, IMEI, Text
from unshackled.domain.facts import Fact
from unshackled.domain.personal import Personal
from unshackled.domain.records import Record


class ExistingAgreement(Record, Fact):
    """The agreement that a customer wants to upgrade from."""

    agreement: Annotated[str, AGREEMENT]


class DeviceReturn(Record, Fact):
    """The device that comes back in an upgrade."""

    imei: Personal[Annotated[str, IMEI]]
    model: Annotated[str, Text(example="Fern 6")]
    grade: Literal["pristine", "good", "worn", "broken"]

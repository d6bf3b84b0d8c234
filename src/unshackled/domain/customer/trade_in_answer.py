"""`collect: trade_in_answer`: what a customer says to a lower value of their old device."""

from __future__ import annotations

from typing import Annotated, ClassVar

from unshackled.domain.facts import Fact
from unshackled.domain.form import Flag
from unshackled.domain.records import Record


class TradeInAnswer(Record, Fact):
    """Whether the customer takes the lower value; if not, the device goes back to them.

    Who stays silent has answered, too: a flow may go on without them after its `deadline`.
    """

    silence: ClassVar[bool] = True

    accept: Annotated[bool, Flag("Accept the new value")]

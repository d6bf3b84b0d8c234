"""What the answer about a retailer's flows looks like."""

from __future__ import annotations

from pydantic import Field

from unshackled.flow.language.spec import Sold
from unshackled.http.described import Described
from unshackled.ports.operation import Carried


class SoldFlow(Described):
    """A flow that a checkout can begin with, and what it sells.

    A part that is `required` must be in each of its packages; one that is not named is refused.
    """

    name: str
    title: str
    sells: dict[Carried, Sold]
    default: bool = Field(description="Whether it is the first of the retailer's flows.")


class Flows(Described):
    """What a retailer sells, flow by flow, in the order of its file."""

    items: list[SoldFlow]

"""How large a checkout may grow, and what of a provider's answer can be kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from unshackled.domain.checkout import Checkout, Private
from unshackled.domain.records import replace
from unshackled.errors import InDoubt
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.engine.size_limits import OUTPUT, ROOM, YOUNG, bounded, require_room
from unshackled.ports.outcome import Declined, Passed, Pending, Redirect
from unshackled.ports.stock import StockReserved
from unshackled.testing.made_up_checkouts import checkout_of
from unshackled.testing.samples import NOW, SAMPLES

CHANGE = c.ChangePackage(
    selection=checkout_of().selection, package=checkout_of().package, quote=checkout_of().quote
)


def of_size(size: int, version: int = YOUNG) -> Checkout:
    """A checkout with so many bytes of inputs."""
    private = Private(inputs={"contact": {"first_name": "x" * size}})
    return replace(checkout_of(), version=version, private=private)


def test_a_checkout_does_not_grow_for_ever() -> None:
    """What a customer sends is refused once it is too large; ending it never is."""
    require_room(of_size(ROOM // 2), CHANGE)
    with pytest.raises(Rejected, match="complete or cancel it") as refused:
        require_room(of_size(ROOM), CHANGE)
    assert refused.value.code == "payload_too_large"
    for command in (c.Complete(quote_id="q"), c.Cancel(code="canceled", by="customer"), c.Tick()):
        require_room(of_size(ROOM), command)


def test_a_long_input_is_measured_whatever_the_age() -> None:
    """A young checkout is not measured, unless what comes is long."""
    young = of_size(ROOM, version=1)
    require_room(young, c.Submit(step="contact", body={"first_name": "Jane"}))
    with pytest.raises(Rejected):
        require_room(
            young, c.Submit(step="contact", body={"first_name": "x" * 9_000}, country="GB")
        )


@pytest.mark.parametrize(
    "result",
    [
        Pending(poll_after=timedelta(0), handle="h" * 1_001),
        Redirect(url="https://x.example/" + "x" * 9_000, expires=NOW),
        Passed(output=StockReserved(reservation="r" * OUTPUT)),
    ],
)
def test_what_cannot_be_kept_whole_is_in_doubt(result: Any) -> None:
    """A handle, an address or an output that no backend means is as good as unreadable."""
    assert isinstance(bounded(result, "shop"), InDoubt)


def test_what_can_be_kept_is_as_it_was() -> None:
    """Only a code is cut, which nobody has to send back."""
    for output in SAMPLES:
        passed: Passed[Any] = Passed(output=output)
        assert bounded(passed, "shop") is passed
    said = bounded(Declined(code="c" * 99), "shop")
    assert said == Declined(code="c" * 64)

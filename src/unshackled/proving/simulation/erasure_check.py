"""What was erased never comes back, whatever is appended later."""

from __future__ import annotations

from collections.abc import Iterator

from unshackled.domain.checkout import Checkout, Private
from unshackled.domain.erasure import ERASED


def brought_back(before: Checkout, after: Checkout) -> Iterator[str]:
    """What of an erased checkout is there again, in one line each."""
    gone = before.erasure
    if gone is None:
        return
    if after.erasure is None or (gone.whole and not after.erasure.whole):
        yield "its erasure was forgotten"
    for step in gone.steps:
        if after.private.inputs.get(step) or after.private.outputs.get(step):
            yield f"the data of {step} was written back"
    if not gone.whole:
        return
    if after.private != Private():
        yield "personal data was written back"
    parts = (after.selection.trade_in, after.package.trade_in)
    if any(part is not None and part.imei != ERASED for part in parts):
        yield "the number of the old device was written back"

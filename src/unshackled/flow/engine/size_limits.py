"""How large a checkout may grow: what customers send is refused before it is too large to handle.

What providers answer is bounded too, and always taken: for it a quarter of the room is kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import orjson

from unshackled.domain import bounds
from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode
from unshackled.errors import InDoubt, ProviderError
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.ports.outcome import Declined, Found, Passed, Pending, Redirect
from unshackled.store import snapshot

ROOM: Final = bounds.SNAPSHOT * 3 // 4
# An output, and an address that a customer is sent to.
OUTPUT: Final = 32 * 1024
ADDRESS: Final = 8 * 1024
# A checkout this young, of inputs this short, is far from the bound, and not measured.
YOUNG: Final = 40
SHORT: Final = 4 * 1024
GROWING: Final = (c.Submit, c.ChangePackage)


def require_room(checkout: Checkout | None, command: c.Command | None) -> None:
    """Refuse what would make a checkout too large; it can still be completed or canceled.

    Raises `Rejected`.
    """
    if checkout is None or not isinstance(command, GROWING):
        return
    long = isinstance(command, c.Submit) and len(orjson.dumps(command.body)) > SHORT
    if checkout.version < YOUNG and not long:
        return
    if sum(map(len, snapshot.dump(checkout))) > ROOM:
        raise Rejected(
            "payload_too_large",
            f"with this the checkout would have more than {ROOM} bytes: complete or cancel it",
        )


def bounded(result: Found[Any] | ProviderError, provider: str) -> Found[Any] | ProviderError:
    """What a provider said, if it is of a size that can be kept: else it is as good as unreadable.

    A code is cut; what must be kept whole (a handle, an address, an output) cannot be.
    """
    if isinstance(result, Declined):
        return replace(result, code=result.code[: bounds.longest("code")])
    handle = result.handle if isinstance(result, Pending | Redirect) else None
    if handle is not None and len(handle) > bounds.longest("handle"):
        return InDoubt("the handle is too long", provider=provider)
    if isinstance(result, Redirect) and len(result.url) > ADDRESS:
        return InDoubt("the address is too long", provider=provider)
    if isinstance(result, Passed) and _is_large(result.output):
        return InDoubt("the output is too large", provider=provider)
    return result


def _is_large(output: object) -> bool:
    return output is not None and len(orjson.dumps(encode(output))) > OUTPUT

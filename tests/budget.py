"""How much of what has no end each run tries: `make test` a budget, `make deep` all of it.

Storms, walks, schedules and generated examples prove the same property whatever their number. The
profile says which number it is: none (or `default`) the first, `deep` and `search` the second.
"""

from __future__ import annotations

import os
from typing import Final, TypeVar

Amount = TypeVar("Amount")
PROFILE: Final = os.environ.get("HYPOTHESIS_PROFILE", "default")
DEEP: Final = PROFILE != "default"


def budget(usual: Amount, deep: Amount) -> Amount:
    """`usual` in `make test`, `deep` in `make deep`."""
    return deep if DEEP else usual

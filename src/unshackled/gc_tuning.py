"""Garbage collection that suits a server: what start-up made stays, most of the rest dies young."""

from __future__ import annotations

import gc
from typing import Final

# CPython's default of 700 looks for cycles hundreds of times a second; we make few. A sixth of the
# CPU of a checkout went into looking (docs/performance.md).
THRESHOLDS: Final = (20_000, 20, 20)


def spare_start() -> None:
    """Collect less often from now on: a tenth of a start went into looking at what stays."""
    gc.set_threshold(*THRESHOLDS)


def tune_collector() -> None:
    """Leave what is there now out of every later collection, and collect less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)

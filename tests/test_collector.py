"""The collector of a server."""

from __future__ import annotations

import gc

from unshackled.collector import THRESHOLDS, tune_collector


def test_what_is_there_is_left_alone() -> None:
    """After tuning, present objects are out of every collection, and those are rarer."""
    before = gc.get_threshold()
    try:
        tune_collector()

        assert gc.get_freeze_count() > 1000
        assert gc.get_threshold() == THRESHOLDS
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)

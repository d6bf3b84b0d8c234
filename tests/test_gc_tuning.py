"""The collector of a server."""

from __future__ import annotations

import gc

from unshackled.gc_tuning import THRESHOLDS, spare_start, tune_collector


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


def test_a_start_is_spared() -> None:
    """Collections are rarer before there is anything to leave alone."""
    before = gc.get_threshold()
    try:
        spare_start()
        assert gc.get_threshold() == THRESHOLDS
    finally:
        gc.set_threshold(*before)

"""Percentiles from a histogram, within the error that is promised."""

import math
from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from unshackled.events.reports.histogram import RELATIVE_ERROR, bucket_of, middle_of, percentile

MONTH = 30 * 24 * 3600 * 1000


def test_the_error_is_below_five_percent() -> None:
    """The documented bound."""
    assert 0.044 < RELATIVE_ERROR < 0.045


def test_nothing_has_no_percentile() -> None:
    """An empty histogram is not zero."""
    assert percentile({}, 50) is None


def test_spans_of_no_length_share_the_first_bucket() -> None:
    """Also those that two clocks made negative."""
    found = {bucket_of(timedelta(milliseconds=span)) for span in (-5, 0, 1)}
    assert found == {0}
    assert middle_of(0) == 1


@given(st.lists(st.integers(1, MONTH), min_size=1, max_size=200), st.sampled_from([50, 95, 99]))
def test_a_percentile_is_near_the_span_of_its_rank(spans: list[int], percent: int) -> None:
    """Against sorting all spans, which nobody needs to keep; rounding is half a millisecond."""
    buckets = Counter(bucket_of(timedelta(milliseconds=span)) for span in spans)
    exact = sorted(spans)[math.ceil(len(spans) * percent / 100) - 1]
    found = percentile(buckets, percent)
    assert found is not None
    assert abs(found - exact) <= exact * RELATIVE_ERROR + 0.501


@given(st.lists(st.integers(0, MONTH), min_size=2, max_size=50))
def test_histograms_add_up(spans: list[int]) -> None:
    """Two halves together are the whole."""
    buckets = [bucket_of(timedelta(milliseconds=span)) for span in spans]
    half = len(buckets) // 2
    assert Counter(buckets[:half]) + Counter(buckets[half:]) == Counter(buckets)

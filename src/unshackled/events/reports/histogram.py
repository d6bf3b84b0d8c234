"""A histogram of spans in buckets that grow by the same factor, and percentiles read from it.

Eight buckets double the span, so one percentile is at most `RELATIVE_ERROR` away from the span
that has its rank: the exponential histogram of OpenTelemetry at scale 3. Adding two histograms is
adding their buckets, which is why days, replicas and providers can be put together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

PER_DOUBLING: Final = 8
RELATIVE_ERROR: Final = 2 ** (1 / (2 * PER_DOUBLING)) - 1
_MILLISECOND: Final = timedelta(milliseconds=1)


def bucket_of(span: timedelta) -> int:
    """The bucket of a span: 0 up to a millisecond, else n for 2^((n-1)/8) to 2^(n/8) ms."""
    if span <= _MILLISECOND:
        return 0
    return math.ceil(math.log2(span / _MILLISECOND) * PER_DOUBLING)


def middle_of(bucket: int) -> int:
    """The milliseconds that stand for a bucket: its geometric middle, to a whole number."""
    return 1 if bucket <= 0 else round(2 ** ((bucket - 0.5) / PER_DOUBLING))


def percentile(buckets: Mapping[int, int], percent: int) -> int | None:
    """The milliseconds that so many of a hundred spans did not exceed; None without spans.

    By nearest rank: the smallest span with at least `percent` of all at or below it.
    """
    total = sum(buckets.values())
    rank = max(1, math.ceil(total * percent / 100))
    seen = 0
    for bucket in sorted(buckets):
        seen += buckets[bucket]
        if seen >= rank and total > 0:
            return middle_of(bucket)
    return None

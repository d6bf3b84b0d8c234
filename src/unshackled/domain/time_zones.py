"""The retailer's time zone: every rule that says "day" means a day there.

Moments are stored and compared in UTC. A rule that goes by days gets the same moment in the
retailer's zone, so that its `date()` is the day on the retailer's calendar.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NAMES: Final = re.compile(r"UTC|[A-Z][A-Za-z_]*(?:/[A-Z][A-Za-z0-9_+-]*)+")


def time_zone(name: str) -> ZoneInfo:
    """A zone by its name in the IANA database; `ValueError` for one that it does not have."""
    if NAMES.fullmatch(name):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, OSError, ValueError):
            pass
    raise ValueError(
        f"{name!r} is no time zone of the IANA database: write one as "
        "`time_zone: Europe/London`, `time_zone: Europe/Berlin`"
    )


def local(at: datetime, zone: str) -> datetime:
    """The same moment on the calendar and clock of a zone."""
    return at.astimezone(ZoneInfo(zone))

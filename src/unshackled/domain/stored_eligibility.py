"""An answer about an upgrade, as it is stored: may it be, and who pays what until when.

Of the device only what has a price is in it, not its number; the agreement's number is stored
sealed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from unshackled.domain.catalogue import Grade
from unshackled.domain.codec import digest as digest_of
from unshackled.domain.records import Record, replace
from unshackled.domain.upgrade import Programme
from unshackled.domain.upgrade_shares import UpgradeShares

# How long an answer is read after its validity, as expired.
READABLE: Final = timedelta(days=7)


class AgainstUpgrade(Record):
    """Why not: from which day on it may be, or which day was the last (None: no calendar tells)."""

    code: str
    opens: date | None = None
    closed: date | None = None


class OpenUpgrade(Record):
    """What an upgrade comes to: the lender's figure for a day, and its parts by the programme.

    `worked_out` are our own sums of the figure. `settlement_until` is when the lender stops taking
    it, `closes` the programme's last day.
    """

    figure: int
    worked_out: int
    settles_on: date
    shares: UpgradeShares
    settlement_until: datetime | None = None
    closes: date | None = None


class StoredEligibility(Record):
    """An answer for an account, under an id made of its contents.

    `key` is the public id of the API key that asked; `open` is None where there is an `against`.
    """

    id: str
    account: str
    key: str
    created_at: datetime
    valid_until: datetime
    flow: str
    agreement: str
    model: str
    grade: Grade
    currency: str
    programme: Programme
    open: OpenUpgrade | None = None
    against: tuple[AgainstUpgrade, ...] = ()

    @property
    def ends(self) -> datetime:
        """When it stops counting."""
        return self.valid_until

    @property
    def readable_until(self) -> datetime:
        """When there is nothing at its address any more."""
        return self.valid_until + READABLE

    def expired(self, now: datetime) -> bool:
        """Whether it stopped counting at `now`."""
        return now >= self.valid_until

    @property
    def named(self) -> StoredEligibility:
        """The same under the id of its contents: what was asked twice at once is one."""
        said: Mapping[str, Any] = {
            name: getattr(self, name)
            for name in self.__struct_fields__
            if name not in ("id", "key", "created_at")
        }
        return replace(self, id=f"elg_{digest_of(said).removeprefix('sha256:')[:26].upper()}")

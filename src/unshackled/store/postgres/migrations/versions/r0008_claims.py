"""Devices that one checkout holds."""

from __future__ import annotations

from typing import Final

from alembic import op

from unshackled.store import device_claims
from unshackled.store.postgres.schema import portable

revision: Final = "0008"
down_revision: Final = "0007"


def upgrade() -> None:
    """Add a table."""
    for statement in map(portable, device_claims.TABLES):
        op.execute(statement)

"""Bytes that signers returned."""

from __future__ import annotations

from typing import Final

from alembic import op

from unshackled.store.postgres.schema import portable
from unshackled.store.sql import blobs

revision: Final = "0007"
down_revision: Final = "0006"


def upgrade() -> None:
    """Add a table."""
    for statement in map(portable, blobs.TABLES):
        op.execute(statement)

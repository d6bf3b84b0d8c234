"""Answers about upgrades that are stored."""

from __future__ import annotations

from typing import Final

from alembic import op

from unshackled.store.postgres.schema import portable
from unshackled.store.sql import stored_eligibilities

revision: Final = "0009"
down_revision: Final = "0008"


def upgrade() -> None:
    """Add a table."""
    for statement in map(portable, stored_eligibilities.TABLES):
        op.execute(statement)

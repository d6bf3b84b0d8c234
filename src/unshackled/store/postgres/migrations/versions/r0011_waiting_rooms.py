"""Waiting rooms and the places in them."""

from __future__ import annotations

from typing import Final

from alembic import op

from unshackled.store.postgres.schema import portable
from unshackled.store.sql import waiting_rooms

revision: Final = "0011"
down_revision: Final = "0009"


def upgrade() -> None:
    """Add two tables."""
    for statement in map(portable, waiting_rooms.TABLES):
        op.execute(statement)

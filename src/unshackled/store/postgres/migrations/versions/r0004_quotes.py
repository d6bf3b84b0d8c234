"""Quotes that are stored."""

from __future__ import annotations

from typing import Final

from alembic import op

from unshackled.store.postgres.schema import portable
from unshackled.store.sql import stored_quotes

revision: Final = "0004"
down_revision: Final = "0003"


def upgrade() -> None:
    """Add a table."""
    for statement in map(portable, stored_quotes.TABLES):
        op.execute(statement)

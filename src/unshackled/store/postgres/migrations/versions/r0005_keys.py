"""Keys in a schema of their own, and a personal part that is sealed by them."""

from __future__ import annotations

from typing import Final

from alembic import op

from unshackled.store.postgres.schema import KEYS, portable

revision: Final = "0005"
down_revision: Final = "0004"


def upgrade() -> None:
    """Add a schema with two tables, and change the type of a column."""
    for statement in KEYS:
        op.execute(portable(statement))

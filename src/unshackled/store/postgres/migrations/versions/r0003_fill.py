"""How far the index by customer and order number was filled with checkouts of before it."""

from __future__ import annotations

from typing import Final

from alembic import op

from unshackled.store.postgres.schema import FILL

revision: Final = "0003"
down_revision: Final = "0002"


def upgrade() -> None:
    """Add a table."""
    for statement in FILL:
        op.execute(statement)

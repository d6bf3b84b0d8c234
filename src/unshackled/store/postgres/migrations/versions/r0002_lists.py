"""Lists by flow, and the index by customer and order number."""

from __future__ import annotations

from typing import Final

from alembic import op

from unshackled.store.postgres.schema import LISTS

revision: Final = "0002"
down_revision: Final = "0001"


def upgrade() -> None:
    """Add a column and two tables."""
    for statement in LISTS:
        op.execute(statement)

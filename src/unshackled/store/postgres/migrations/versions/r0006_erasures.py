"""When the personal data of a checkout may be erased."""

from __future__ import annotations

from typing import Final

from alembic import op

from unshackled.store.postgres.schema import ERASURES

revision: Final = "0006"
down_revision: Final = "0005"


def upgrade() -> None:
    """Add a column and its index."""
    for statement in ERASURES:
        op.execute(statement)

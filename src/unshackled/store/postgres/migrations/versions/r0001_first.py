"""All tables: checkouts and what belongs to them, and those beside.

Nothing was released yet, so this executes what the code has. With the first release its statements
become a copy here, and what comes later is a revision of its own.
"""

from __future__ import annotations

from typing import Final

from alembic import op

from unshackled.store import sql
from unshackled.store.postgres.schema import TABLES, portable

revision: Final = "0001"
down_revision: Final = None


def upgrade() -> None:
    """Make the tables."""
    for statement in (*TABLES, *map(portable, sql.TABLES)):
        op.execute(statement)

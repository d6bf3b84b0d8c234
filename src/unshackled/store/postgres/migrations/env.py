"""What Alembic runs: it writes SQL and connects to nothing; see `store.postgres.migrate`."""

from __future__ import annotations

from alembic import context

# The transaction is that of whoever carries the SQL out.
context.configure(dialect_name="postgresql", transactional_ddl=False)
context.run_migrations()

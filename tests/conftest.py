"""What holds for every test: no network beyond loopback, reproducible examples, real servers."""

import asyncio
import gc
import ipaddress
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
import structlog  # noqa: TID251 - its renderer, not a logger
from hypothesis import settings

from tests.budget import PROFILE
from unshackled.store.postgres.migrate import migrate
from unshackled.testing.servers import NatsServer, PostgresServer

# Rows go, tables stay: a twentieth of what a copy of the database costs.
EMPTY = """
DO $$
DECLARE name text;
BEGIN
    SET LOCAL session_replication_role = replica;
    SET LOCAL lock_timeout = '10s';
    FOR name IN
        SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
        WHERE schemaname IN ('public', 'unshackled_keys') AND tablename <> 'alembic_version'
    LOOP EXECUTE 'DELETE FROM ' || name; END LOOP;
    FOR name IN SELECT quote_ident(sequencename) FROM pg_sequences WHERE schemaname = 'public'
    LOOP EXECUTE 'ALTER SEQUENCE ' || name || ' RESTART'; END LOOP;
END $$
"""
SYSTEM = Path(__file__).parent / "system"
settings.register_profile("default", deadline=None, derandomize=True, max_examples=40)
settings.register_profile("deep", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile(PROFILE)


# Without this an exception in a log is drawn with all variables, which takes seconds.
plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])


@pytest.fixture(autouse=True)
def _leaves_logging_alone() -> Iterator[None]:
    """A test that sets logging for good would hide the lines of those that come after it."""
    before = structlog.get_config()["wrapper_class"]
    yield
    assert structlog.get_config()["wrapper_class"] is before


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole systems first: they wait more than they work, and one worker has all else meanwhile."""
    items.sort(key=lambda item: not item.path.is_relative_to(SYSTEM))


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the collector need not walk it again."""
    gc.collect()
    gc.freeze()


class NetworkUsed(AssertionError):
    """A test tried to reach something that is not on this machine."""


def _refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "localhost"
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if host in {None, "", "localhost"}:
        return
    try:
        loopback = ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        message = f"tests stay on loopback, {event} went to {host}"
        raise NetworkUsed(message)


sys.addaudithook(_refuse_network)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """PostgreSQL for the tests of this process, started by the first that asks for it."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def migrated(postgres_server: PostgresServer) -> str:
    """The name of a database with our tables and nothing in them, to be copied."""
    asyncio.run(migrate(postgres_server.create_database("migrated")))
    return "migrated"


@pytest.fixture
def postgres_url(postgres: PostgresServer, migrated: str) -> str:
    """A database of the test's own, with our tables and nothing in them."""
    return postgres.create_database(template=migrated)


@pytest.fixture(scope="session")
def shared_database(postgres_server: PostgresServer, migrated: str) -> str:
    """A database that many tests have, one after the other."""
    return postgres_server.create_database(template=migrated)


@pytest.fixture
async def emptied_url(postgres: PostgresServer, shared_database: str) -> str:
    """A database with our tables and nothing in them, for a test that changes rows alone."""
    link = await asyncpg.connect(shared_database)
    await link.execute(EMPTY)
    await link.close()
    return shared_database


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """A running PostgreSQL, which the test may kill and pause: `create_database` gives it a URL."""
    yield postgres_server
    postgres_server.resume()
    if not postgres_server.running:
        postgres_server.start()


@pytest.fixture
def nats_server() -> Iterator[NatsServer]:
    """A NATS of the test's own, with JetStream and nothing in it; it may be killed and paused."""
    with NatsServer() as server:
        yield server

"""Real servers as test tools: they start anywhere, and die and come back as told."""

import socket
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import nats
import pytest

from unshackled.testing.servers import (
    NatsServer,
    PostgresServer,
    ServerError,
    children,
    nats_binary,
    require_reachable,
)


@pytest.fixture(scope="module")
def kept() -> Iterator[PostgresServer]:
    """A server of this module's own, which its tests may kill."""
    with PostgresServer(settings={"max_connections": "20"}) as server:
        yield server


async def _ask(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_postgres_is_the_real_one(kept: PostgresServer) -> None:
    """A database of its own answers, of the version that is promised, with what was set."""
    url = kept.create_database()
    assert str(await _ask(url, "SHOW server_version")).startswith("18.")
    assert await _ask(url, "SHOW max_connections") == "20"


async def test_databases_are_apart(kept: PostgresServer) -> None:
    """One is a copy of another when asked for, and else empty; a dropped one is gone."""
    await _ask(kept.create_database("first"), "CREATE TABLE told (word text)")
    counted = "SELECT count(*) FROM pg_tables WHERE tablename = 'told'"
    assert await _ask(kept.create_database("copy", template="first"), counted) == 1
    assert await _ask(kept.create_database(), counted) == 0
    kept.drop_database("copy")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await _ask(kept.url_of("copy"), counted)


async def test_a_killed_postgres_comes_back_with_its_data(kept: PostgresServer) -> None:
    """All of its processes are gone at once; started again, port and data are the same."""
    url = kept.create_database()
    await _ask(url, "CREATE TABLE kept AS SELECT 7 AS number")
    kept.kill()
    with pytest.raises(OSError, match=str(kept.port)):
        await _ask(url, "SELECT 1")
    kept.start()
    assert await _ask(url, "SELECT number FROM kept") == 7


async def test_a_postgres_that_is_full_is_read_and_not_written(kept: PostgresServer) -> None:
    """Sessions that are open already are refused too, until there is room again."""
    connection = await asyncpg.connect(kept.create_database())
    kept.refuse_writes()
    try:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await connection.execute("CREATE TABLE room (word text)")
        assert await connection.fetchval("SELECT 1") == 1
    finally:
        kept.accept_writes()
    await connection.execute("CREATE TABLE room (word text)")
    await connection.close()


async def test_a_paused_postgres_keeps_its_connections(kept: PostgresServer) -> None:
    """It answers nothing while it is paused, and what was asked once it goes on."""
    connection = await asyncpg.connect(kept.url)
    kept.pause()
    with pytest.raises(TimeoutError):
        await connection.fetchval("SELECT 1", timeout=0.1)
    kept.resume()
    await connection.close()
    assert await _ask(kept.url, "SELECT 1") == 1


async def test_nats_is_the_real_one() -> None:
    """JetStream keeps messages over a kill; nothing is left behind at the end."""
    with NatsServer() as server:
        client = await nats.connect(server.url)
        stream = client.jetstream()
        await stream.add_stream(name="told", subjects=["told.>"])
        await stream.publish("told.one", b"1")
        await client.close()
        server.kill()
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", server.port), timeout=1)
        server.start()
        client = await nats.connect(server.url)
        assert (await client.jetstream().get_msg("told", seq=1)).data == b"1"
        await client.close()
        server.stop()
        server.start()
    assert not server.folder.exists()


def test_a_given_folder_is_kept() -> None:
    """Data in a folder that somebody else gave are theirs to delete."""
    with TemporaryDirectory() as folder:
        with NatsServer(Path(folder, "nats")) as server:
            assert nats_binary().endswith("nats-server")
        assert server.log.exists()


def test_a_server_that_cannot_start_says_why() -> None:
    """The end of its log is in the error."""
    with closing(socket.socket()) as taken, TemporaryDirectory() as folder:
        server = NatsServer(Path(folder))
        taken.bind(("127.0.0.1", server.port))
        taken.listen()
        with pytest.raises(ServerError, match="address already in use"):
            server.start()


def test_a_program_that_failed_says_why(kept: PostgresServer) -> None:
    """The words are those of the program."""
    with pytest.raises(ServerError, match=r'createdb: .* template database "nobody"'):
        kept.create_database(template="nobody")


def test_a_closed_folder_is_named() -> None:
    """Where a plain user could not enter, the folder in the way is named."""
    with TemporaryDirectory() as closed:
        Path(closed).chmod(stat.S_IRWXU)
        with pytest.raises(ServerError, match=f"cannot enter {closed}"):
            require_reachable(Path(closed, "bin", "postgres").parent)


def test_all_processes_are_known(kept: PostgresServer) -> None:
    """PostgreSQL has one for each duty; a stopped server has none."""
    first, *others = kept.processes
    assert set(others) == set(children(first))
    assert len(others) > 3
    with NatsServer() as server:
        assert len(server.processes) == 1
    assert server.processes == ()

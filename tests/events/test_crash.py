"""A process that is killed again and again: what it leaves behind is finished, in order."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from random import Random

import nats

from tests.budget import budget
from tests.events.consumers import fill, in_order
from unshackled.events.nats import STREAM
from unshackled.store.sqlite import SqliteStore
from unshackled.testing.known_keys import KEYS
from unshackled.testing.servers import NatsServer

SCRIPT = Path(__file__).with_name("following.py")


def killed_until(done: set[str], command: list[str], notes: Path, random: Random) -> int:
    """Start it, kill it soon after it took something, and again, until it has taken all."""
    kills = 0
    while not set(notes.read_text().split()) >= done:
        seen = notes.stat().st_size
        with subprocess.Popen(command) as process:
            while notes.stat().st_size == seen:
                assert process.poll() is None
                time.sleep(0.005)
            time.sleep(random.uniform(0, 0.05))
            process.kill()
        kills += 1
    return kills


async def test_killed_at_any_moment_nothing_is_lost(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    """SIGKILL in the middle of relaying and consuming; the stream has each event exactly once."""
    database, notes = tmp_path / "log.db", tmp_path / "notes"
    notes.touch()
    store = SqliteStore(database, keys=KEYS)
    await store.open()
    names = [f"chk_{number}" for number in range(20)]
    ids = await fill(store, *names, versions=budget(10, 25), events=4)
    await store.close()
    command = [sys.executable, str(SCRIPT), str(database), nats_server.url, str(notes)]
    assert killed_until(set(ids), command, notes, Random(7)) > 2
    taken = notes.read_text().split()
    assert sorted(set(taken)) == sorted(ids)
    assert in_order(taken)
    client = await nats.connect(nats_server.url)
    state = (await client.jetstream().stream_info(STREAM)).state
    await client.close()
    assert state.messages == len(ids)

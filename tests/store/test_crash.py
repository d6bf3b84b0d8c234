"""What is left when the process that writes is killed."""

import os
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from unshackled.store.sqlite import SqliteStore
from unshackled.testing.known_keys import KEYS

APPENDER = Path(__file__).with_name("appender.py")
EVENTS = 3


def _acknowledged(path: Path, kill_after: int) -> dict[str, int]:
    """Kill the appender after so many acknowledgements; the last version it told of each."""
    command = [sys.executable, str(APPENDER), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = list(islice(process.stdout, kill_after))
        os.kill(process.pid, signal.SIGKILL)
        told += process.stdout
    assert process.returncode == -signal.SIGKILL
    pairs = [line.split() for line in told if line.endswith("\n")]
    return {name: int(version) for name, version in pairs}


@pytest.mark.parametrize("kill_after", [1, 60, 500])
async def test_what_was_acknowledged_is_there_and_nothing_by_half(
    tmp_path: Path, kill_after: int
) -> None:
    """After SIGKILL every acknowledged change is there, and each change that is there is whole."""
    path = tmp_path / "checkouts.db"
    told = _acknowledged(path, kill_after)
    store = SqliteStore(path, keys=KEYS)
    await store.open()
    page = await store.checkouts("northstar", status=None, after=None, limit=100)
    versions = {row.checkout.id: row.checkout.version for row in page.rows}
    assert {name: version for name, version in told.items() if versions[name] < version} == {}
    for row in page.rows:
        name, last = row.checkout.id, row.checkout.version
        events = await store.events(name, after=None, limit=100_000)
        assert row.checkout.bucket == last
        assert [(event.version, event.index) for event in events] == [
            (version, index) for version in range(1, last + 1) for index in range(EVENTS)
        ]
        assert await store.by_reference(f"{name}.{last}") == name
        assert await store.by_reference(f"{name}.{last + 1}") is None
    await store.close()

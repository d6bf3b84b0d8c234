"""The recordings in each adapter's folder, played back without a backend."""

from __future__ import annotations

from pathlib import Path

import pytest

import unshackled_adapters
from unshackled.shelf import find
from unshackled.testing import recordings

ROOT = Path(unshackled_adapters.__file__).parent
RECORDINGS = [
    pytest.param(folder.name, path, id=f"{folder.name}-{path.stem}")
    for folder in sorted(ROOT.iterdir())
    if folder.is_dir()
    for path in recordings.found(folder)
]


@pytest.mark.parametrize(("name", "path"), RECORDINGS)
async def test_a_recorded_call_is_made_and_read_as_then(name: str, path: Path) -> None:
    """The same request goes over the wire, and the same answer gives the same outcome."""
    recording = recordings.load(path)
    sent, outcome = await recordings.play(find().load(name), recording)
    assert sent == [exchange["sent"] for exchange in recording.exchanges]
    assert outcome == recording.outcome

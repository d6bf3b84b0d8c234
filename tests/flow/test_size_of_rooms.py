"""The four rooms of the flow stay small enough to be read as a table of contents."""

from __future__ import annotations

from pathlib import Path

import pytest

import unshackled.flow

ROOT = Path(unshackled.flow.__file__).parent
MODULES = 30


@pytest.mark.parametrize("room", ["language", "plan", "engine", "runtime"])
def test_a_room_has_at_most_thirty_modules(room: str) -> None:
    """Each folder of a room, its own ones too, fits on one screen."""
    folders = [ROOT / room, *(path for path in (ROOT / room).rglob("*") if path.is_dir())]
    full = {str(one.relative_to(ROOT)): len(list(one.glob("*.py"))) for one in folders}
    assert {name: count for name, count in full.items() if count > MODULES} == {}

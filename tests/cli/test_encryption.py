"""`unshackled encryption …`, and the master key that `unshackled up` makes beside its store."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import told
from unshackled.cli.master_key_file import master_key_beside
from unshackled.encryption.master_keys import master_keys


def test_a_key_is_made_and_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Another one each time, in the form that the setting takes."""
    made = [told(capsys, "encryption", "make-key").out.strip() for _ in range(2)]
    assert len({master_keys(one).current for one in made}) == 2


def test_a_demo_has_a_key_beside_its_store(tmp_path: Path) -> None:
    """Made once, readable by its owner alone, and the same at the next start."""
    store = tmp_path / "folder" / "demo.db"
    first, again = master_key_beside(store), master_key_beside(store)
    assert (first.new, again.new) == (True, False)
    assert first.key == again.key
    assert master_keys(first.key).current
    assert first.path.stat().st_mode & 0o777 == 0o600
    assert first.path.parent == store.parent

"""The master key of a demo, in a file beside its store: nobody need make one to try things."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

from unshackled.encryption.master_keys import new_master_key

PRIVATE: Final = 0o600
ENDING: Final = ".master-key"


class MasterKeyFile(NamedTuple):
    """Where a master key lies, what it is, and whether it was made just now."""

    path: Path
    key: str
    new: bool


def master_key_beside(store: Path) -> MasterKeyFile:
    """The key beside a store's file; made, and readable by us alone, where there is none."""
    path = store.with_name(store.name + ENDING)
    try:
        return MasterKeyFile(path, path.read_text("ascii").strip(), new=False)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    key = new_master_key()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
    return MasterKeyFile(path, key, new=True)

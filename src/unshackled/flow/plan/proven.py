"""What was proved before: the digests of flows, by their files and by the program that proved them.

Proving is more than half of loading. The same bytes of every file and the same program (its files,
those of the adapters, the libraries that schemas and conditions are made by) give the same proofs
and the same digests, so a start that finds them need not prove again. Whatever is wrong with the
folder, or with what is in it, only costs the time.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, Protocol

from unshackled import __version__
from unshackled.domain.records import Record

# Digests by `<retailer>/<flow>`.
Digests = Mapping[str, str]
LIBRARIES: Final = ("cel-expr-python", "msgspec", "pydantic", "pydantic_core")
# Files of other states of the flows that are left; how large one may be.
MOST_FILES: Final = 20
LARGEST: Final = 1024 * 1024


class Proofs(Protocol):
    """Remembers which files were proved."""

    def known(self, texts: Mapping[str, str]) -> Digests | None:
        """The digests of every flow in exactly these files; None where they were never proved."""
        ...

    def keep(self, texts: Mapping[str, str], digests: Digests) -> None:
        """Remember that these files were proved; never fails."""
        ...


class ProofFolder(Record):
    """Proofs in a folder, one file for each state of the flows; `program` is who proved."""

    folder: Path
    program: str

    def known(self, texts: Mapping[str, str]) -> Digests | None:
        """What the file of this state says, if it says it whole."""
        try:
            with self._file(texts).open("rb") as file:
                found = json.loads(file.read(LARGEST))
            digests = found["digests"]
            right = found["seal"] == _seal(self._key(texts), digests)
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        return digests if right else None

    def keep(self, texts: Mapping[str, str], digests: Digests) -> None:
        """Write beside it and rename, so that a file is whole or not there."""
        key, file = self._key(texts), self._file(texts)
        new = file.with_suffix(f".{os.getpid()}.new")
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            content = {"digests": dict(digests), "seal": _seal(key, digests)}
            new.write_text(json.dumps(content), encoding="utf-8")
            new.replace(file)
            self._forget()

    def _forget(self) -> None:
        files = sorted(self.folder.glob("proofs-*"), key=lambda one: one.stat().st_mtime)
        for old in files[:-MOST_FILES]:
            old.unlink(missing_ok=True)

    def _key(self, texts: Mapping[str, str]) -> str:
        found = sha256(self.program.encode())
        for name in sorted(texts):
            for part in (name, texts[name]):
                raw = part.encode("utf-8", "surrogatepass")
                found.update(f"{len(raw)}:".encode() + raw)
        return found.hexdigest()

    def _file(self, texts: Mapping[str, str]) -> Path:
        return self.folder / f"proofs-{self._key(texts)[:32]}.json"


def _seal(key: str, digests: Any) -> str:
    if not isinstance(digests, dict) or not all(isinstance(one, str) for one in digests.values()):
        raise TypeError("digests by flow are needed")
    return sha256((key + json.dumps(digests, sort_keys=True)).encode()).hexdigest()


def program_of(folders: Iterable[Path]) -> str:
    """A program by its version, its libraries, and when each of its files was written last.

    Raises `OSError` where the files cannot be looked at.
    """
    found = sha256(f"{__version__} {platform.python_version()}".encode())
    for library in LIBRARIES:
        found.update(f" {library} {_version(library)}".encode())
    for folder in folders:
        for path, size, written in sorted(_files(str(folder))):
            found.update(f"\n{path} {size} {written}".encode())
    return found.hexdigest()


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    yield from _files(entry.path)
            else:
                about = entry.stat()
                yield entry.path, about.st_size, about.st_mtime_ns

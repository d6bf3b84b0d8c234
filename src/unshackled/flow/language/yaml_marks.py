"""Values of YAML with the places where they stand, and how much a file may have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from unshackled.domain.records import Record, replace

# Characters of a file and of a text in it; how deep lists and mappings lie in each other; how many
# values there are; digits of a number.
LARGEST: Final = 128 * 1024
LONGEST: Final = 4_000
DEEPEST: Final = 24
MOST: Final = 5_000
DIGITS: Final = 18
Json = Any
Scalar = str | int | float | bool | None


class SourceLocation(Record, kw_only=False):
    """A place in a file; lines count from 1."""

    file: str
    line: int


class NotYaml(ValueError):
    """A file that cannot be read as YAML."""

    def __init__(self, mark: SourceLocation, message: str) -> None:
        super().__init__(message)
        self.mark = mark


class YamlNode(Record, kw_only=False):
    """A value and its place; of an entry of a mapping, the place of its key."""

    value: Scalar | Mapping[str, YamlNode] | list[YamlNode]
    mark: SourceLocation

    @property
    def entries(self) -> Mapping[str, YamlNode]:
        """The entries of a mapping; none for anything else."""
        return self.value if isinstance(self.value, Mapping) else {}

    def at(self, path: Sequence[object]) -> SourceLocation:
        """The place of a path, or of as much of it as there is."""
        here = self
        for part in path:
            found = _step(here, part)
            if found is None:
                break
            here = found
        return here.mark

    def with_entries(self, entries: Mapping[str, YamlNode]) -> YamlNode:
        """The same place with other entries."""
        return replace(self, value=dict(entries))


def _step(node: YamlNode, part: object) -> YamlNode | None:
    if isinstance(node.value, Mapping):
        return node.value.get(str(part))
    if isinstance(node.value, list):
        return node.value[part] if isinstance(part, int) and part < len(node.value) else None
    return None


def plain(node: YamlNode) -> Json:
    """The value without places."""
    if isinstance(node.value, Mapping):
        return {key: plain(value) for key, value in node.value.items()}
    if isinstance(node.value, list):
        return [plain(item) for item in node.value]
    return node.value


def marked(value: Json, mark: SourceLocation) -> YamlNode:
    """A plain value as if all of it stood at one place."""
    if isinstance(value, Mapping):
        return YamlNode({str(key): marked(item, mark) for key, item in value.items()}, mark)
    if isinstance(value, list | tuple):
        return YamlNode([marked(item, mark) for item in value], mark)
    return YamlNode(value, mark)

"""YAML that remembers where each value stands.

Scalars follow the JSON schema of YAML 1.2: `on`, `yes`, `1:30` and dates are plain strings.
Anchors, tags and keys that are written twice are refused, and so is what no flow needs: a large
file, deep nesting, long texts and numbers. So a file is read, or refused, within a moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final

import yaml

from unshackled.domain.records import replace
from unshackled.flow.language.yaml_marks import (
    DEEPEST,
    DIGITS,
    LARGEST,
    LONGEST,
    MOST,
    NotYaml,
    Scalar,
    SourceLocation,
    YamlNode,
)

_SCALARS: Final[Mapping[str, Scalar]] = {"": None, "null": None, "true": True, "false": False}
_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]*)")
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")

Loader = type[yaml.SafeLoader] | type[yaml.CSafeLoader]
# The reader in C, where there is one, takes a twentieth of the time.
QUICK: Final[Loader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# It takes more than the other one where these are: a file means the same on every machine.
_READ_APART: Final = re.compile("[\\t\\r?\x85\u2028\u2029\ufeff]")


def _scalar(node: yaml.ScalarNode) -> Scalar:
    text: str = node.value
    if node.style:
        return text
    if text in _SCALARS:
        return _SCALARS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text


def _mark(file: str, node: yaml.Node) -> SourceLocation:
    return SourceLocation(file, node.start_mark.line + 1)


def _entries(file: str, node: yaml.MappingNode) -> Iterator[tuple[str, YamlNode]]:
    seen: set[str] = set()
    for key, value in node.value:
        place = _mark(file, key)
        if not isinstance(key, yaml.ScalarNode):
            raise NotYaml(place, "a key must be a plain word")
        if key.value in seen:
            raise NotYaml(place, f"key {key.value!r} is written twice")
        seen.add(key.value)
        yield key.value, replace(_node(file, value), mark=place)


def _node(file: str, node: yaml.Node) -> YamlNode:
    place = _mark(file, node)
    if isinstance(node, yaml.MappingNode):
        return YamlNode(dict(_entries(file, node)), place)
    if isinstance(node, yaml.SequenceNode):
        return YamlNode([_node(file, item) for item in node.value], place)
    return YamlNode(_scalar(node) if isinstance(node, yaml.ScalarNode) else None, place)


class _Bounds:
    """Counts what a file has, event by event; raises `NotYaml` at the first that is too much."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._depth = 0
        self._values = 0

    def take(self, event: yaml.Event) -> None:
        """One event of the parser."""
        found = next((says for wrong, says in self._findings(event) if wrong), None)
        if found is not None:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise NotYaml(SourceLocation(self._file, line), found)

    def _findings(self, event: yaml.Event) -> Iterator[tuple[bool, str]]:
        named = getattr(event, "anchor", None) or getattr(event, "tag", None)
        yield bool(named), "anchors, aliases and tags are not part of the language"
        opens = isinstance(event, yaml.CollectionStartEvent)
        closes = isinstance(event, yaml.CollectionEndEvent)
        self._depth += opens - closes
        yield self._depth > DEEPEST, f"nested deeper than {DEEPEST}"
        text = event.value if isinstance(event, yaml.ScalarEvent) else ""
        self._values += opens or isinstance(event, yaml.ScalarEvent)
        yield self._values > MOST, f"more than {MOST} values"
        yield len(text) > LONGEST, f"a text of more than {LONGEST} characters"
        plain = isinstance(event, yaml.ScalarEvent) and not event.style
        yield (
            plain and len(text) > DIGITS and _INTEGER.fullmatch(text) is not None,
            (f"a number of more than {DIGITS} digits"),
        )


def read(text: str, file: str) -> YamlNode:
    """Parse one YAML document; raises `NotYaml` with the place."""
    if len(text) > LARGEST:
        raise NotYaml(SourceLocation(file, 1), f"the file has more than {LARGEST} characters")
    if _READ_APART.search(text) is None:
        with suppress(yaml.YAMLError):  # the other one takes it after all, or its words are better
            return document(text, file, QUICK)
    try:
        return document(text, file, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise NotYaml(SourceLocation(file, line), f"not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise NotYaml(
            SourceLocation(file, 1), f"not YAML: {' '.join(str(error).split())}"
        ) from None


def document(text: str, file: str, loader: Loader) -> YamlNode:
    """What one reader makes of a text; raises `NotYaml` or a `YAMLError`."""
    bounds = _Bounds(file)
    for event in yaml.parse(text, Loader=loader):
        bounds.take(event)
    root = yaml.compose(text, Loader=loader)
    if root is None:
        raise NotYaml(SourceLocation(file, 1), "the file is empty")
    return _node(file, root)

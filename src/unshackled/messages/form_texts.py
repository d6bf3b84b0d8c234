"""Forms in words: the JSON Schema of an action with labels and hints in a language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from unshackled.domain.memo import Memo
from unshackled.messages.message_catalogue import MessageCatalogue, catalogue, language_of

Json = Any


def worded_schema(schema: Json, locale: str, subject: str = "-") -> Json:
    """The schema with what people call its fields; a flow's own words stay as they are.

    `subject` is what the form is about, e.g. `contact`.
    """
    if not isinstance(schema, Mapping):
        return schema
    words = catalogue(language_of(locale))
    return _CACHE.get(schema, words, subject, make=lambda: _told(schema, words, subject))


# Forms are the same in every answer: each is put into words once.
_CACHE: Final[Memo[Json]] = Memo(512)


def _told(schema: Mapping[str, Json], words: MessageCatalogue, subject: str) -> Json:
    found = _object(schema, words)
    if "title" in found:
        thing = words.things.get(subject, words.things["-"])
        found["title"] = thing[:1].upper() + thing[1:]
    if "description" in found:
        found["description"] = words.forms.get(subject, found["description"])
    return found


def _object(schema: Mapping[str, Json], words: MessageCatalogue) -> dict[str, Json]:
    fields = schema.get("properties")
    if not isinstance(fields, Mapping):
        return dict(schema)
    return {
        **schema,
        "properties": {name: _field(name, one, words) for name, one in fields.items()},
    }


def _field(name: str, schema: Mapping[str, Json], words: MessageCatalogue) -> dict[str, Json]:
    found = _object(schema, words)
    if found.get("title", "").lower() == name.replace("_", " "):
        found["title"] = words.fields.get(name, found["title"])
    if "description" in found:
        found["description"] = words.hints.get(name, found["description"])
    if "anyOf" in found:
        found["anyOf"] = [_hinted(name, arm, words) for arm in found["anyOf"]]
    return _chosen(name, found, words)


def _hinted(name: str, arm: Mapping[str, Json], words: MessageCatalogue) -> Mapping[str, Json]:
    arm = _chosen(name, arm, words)
    if "description" not in arm:
        return arm
    return {**arm, "description": words.hints.get(name, arm["description"])}


def _chosen(name: str, schema: Mapping[str, Json], words: MessageCatalogue) -> dict[str, Json]:
    """The schema with what its values are called, under `labels`: an annotation of ours."""
    values = schema.get("enum")
    known = words.choices.get(name)
    if not values or known is None:
        return dict(schema)
    return {**schema, "labels": {value: known[value] for value in values if value in known}}

"""The catalogues: one TOML file a language, read once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from unshackled.domain.records import Record

_FILES: Final = {
    found.name.removesuffix(".toml"): found
    for found in files(__package__ or __name__).iterdir()
    if found.name.endswith(".toml")
}
# What a checkout's locale may begin with, e.g. `de` for `de-AT`.
LANGUAGES: Final = tuple(sorted(_FILES))
ENGLISH: Final = "en"


class MessageCatalogue(Record):
    """The words of one language: by code, by what it is about, by who is at work.

    `documents` are titles by the document's name, `labels` and `texts` the two halves of their
    lines, `lines` the lines of a quote that steps bring, by their part. `fields` and `hints` are
    what the fields of forms are called, by their name, `choices` what their values are, `forms`
    what a form asks for, by its model,
    `problems` why something cannot be done now.
    `example` are the items of a representative example and the sentence that they stand in.
    `until` is the sentence that is added where a message has an end. `-` is the word for all else.
    """

    sentences: Mapping[str, str]
    things: Mapping[str, str]
    people: Mapping[str, str]
    documents: Mapping[str, str]
    labels: Mapping[str, str]
    texts: Mapping[str, str]
    lines: Mapping[str, str]
    fields: Mapping[str, str]
    hints: Mapping[str, str]
    choices: Mapping[str, Mapping[str, str]]
    forms: Mapping[str, str]
    problems: Mapping[str, str]
    example: Mapping[str, str]
    until: str


@cache
def catalogue(language: str) -> MessageCatalogue:
    """The catalogue of a language that has one."""
    found = tomllib.loads(_FILES[language].read_text("utf-8"))
    return MessageCatalogue(
        sentences={**found["messages"], **found["fields"], **found["package"]},
        things=found["things"],
        people=found["people"],
        documents=found["documents"],
        labels=found["labels"],
        texts=found["texts"],
        lines=found["lines"],
        fields=found["form_labels"],
        hints=found["hints"],
        choices=found["choices"],
        forms=found["forms"],
        problems=found["problems"],
        example=found["example"],
        until=found["until"],
    )


def language_of(locale: str) -> str:
    """The language to write in, e.g. `de` for `de-AT`; English where there is no catalogue."""
    language = locale.partition("-")[0].lower()
    return language if language in LANGUAGES else ENGLISH

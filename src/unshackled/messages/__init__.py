"""What customers read: one sentence a code in each language, from catalogues that are data.

A code and its parameters are for programs, the sentence is for people. `en.toml` and `de.toml` have
the same keys (a test compares them); another language is another file.

Placeholders name parameters: `{thing}` and `{who}` stand for the words of the parameters `subject`
(what it is about: `payment.charge`, `contact`) and `who` (a capability: `credit`), `{Thing}` and
`{Who}` begin a sentence with them; `{amount:money}` is an amount in minor units of the parameter
`currency`; `{until:time}` is a moment, `{starts:date}` a day, `{percent:number}` a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import Any

from unshackled.messages.agency_notices import agencies_of, agency_sentences
from unshackled.messages.document_texts import (
    Document,
    ever_written,
    first_written,
    in_words,
    rewritten,
    shown_as,
    written,
)
from unshackled.messages.example_text import example_text
from unshackled.messages.findings import SAME
from unshackled.messages.form_texts import worded_schema
from unshackled.messages.formats import Sentence, day_in_words, money_in_words
from unshackled.messages.message_catalogue import (
    ENGLISH,
    LANGUAGES,
    MessageCatalogue,
    catalogue,
    language_of,
)


def say(
    locale: str,
    code: str,
    params: Mapping[str, Any] | None = None,
    *,
    kind: str = "wrong_value",
    zone: tzinfo = UTC,
) -> str:
    """The sentence of a code; that of `kind` for a code that no catalogue has.

    `locale` is e.g. `de-AT`; a language without a catalogue reads English. `zone` is the one that
    moments are told in.
    """
    words = catalogue(language_of(locale))
    template = words.sentences.get(SAME.get(code, code)) or words.sentences[kind]
    return _written(words, locale, template, params or {}, zone)


def known(code: str) -> bool:
    """Whether there is a sentence for a code."""
    return SAME.get(code, code) in catalogue("en").sentences


def thing(locale: str, subject: str) -> str:
    """What people call it, e.g. `your card payment` for `payment.charge`."""
    words = catalogue(language_of(locale))
    return words.things.get(subject) or words.things["-"]


def case_news(locale: str, news: str, kind: str, amount: int, currency: str) -> str:
    """What became of a case; `news` is opened, completed or canceled, amounts are minor units."""
    code = {"opened": "case_opened", "completed": "case_done"}.get(news, "case_canceled")
    money = "_money" if amount and code != "case_canceled" else ""
    params = {"subject": f"case.{kind}", "amount": amount, "currency": currency}
    return say(locale, f"{code}{money}", params)


def why_not(locale: str, problem: str) -> str | None:
    """Why something cannot be done, by a problem's code; None where that is not for customers."""
    return catalogue(language_of(locale)).problems.get(problem)


def line_title(locale: str, part: str, title: str) -> str:
    """The title of a quote's line that a step brought; words that are not ours stay as they are."""
    ours = title == catalogue(ENGLISH).lines.get(part)
    return catalogue(language_of(locale)).lines[part] if ours else title


def _written(
    words: MessageCatalogue, locale: str, template: str, params: Mapping[str, Any], zone: tzinfo
) -> str:
    named = {
        "thing": words.things.get(str(params.get("subject")), words.things["-"]),
        "who": words.people.get(str(params.get("who")), words.people["-"]),
    }
    capital = {name.title(): text[:1].upper() + text[1:] for name, text in named.items()}
    text = Sentence(locale, zone).vformat(template, (), {**params, **named, **capital})
    if params.get("until") is not None and "{until" not in template:
        until = Sentence(locale, zone).vformat(words.until, (), params)
        return f"{text} {until}"
    return text


__all__ = [
    "LANGUAGES",
    "Document",
    "agencies_of",
    "agency_sentences",
    "case_news",
    "day_in_words",
    "ever_written",
    "example_text",
    "first_written",
    "in_words",
    "known",
    "language_of",
    "line_title",
    "money_in_words",
    "rewritten",
    "say",
    "shown_as",
    "thing",
    "why_not",
    "worded_schema",
    "written",
]

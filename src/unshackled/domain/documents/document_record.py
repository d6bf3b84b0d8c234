"""What is kept of a document that was shown, agreed to or signed: enough to write it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal

from unshackled.domain.codec import json_of
from unshackled.domain.records import Record

Json = Any
# What became of a document: a page showed it, the customer agreed to it by a tick, it was sent to
# be signed, it was signed.
DocumentStanding = Literal["shown", "agreed", "sent", "signed"]
# How many are kept of a checkout: far more than a customer reads, even one who changes their mind.
MOST_RECORDS: Final = 16
# Of their parameters together: a checkout has room for the rest.
MOST_BYTES: Final = 96 * 1024


class DocumentRecord(Record, omit_defaults=True):
    """A document as evidence: its template, version, locale and parameters write it to the letter.

    `digest` is that of what was shown; `at` when it was.
    """

    step: str
    document: str
    version: int
    locale: str
    digest: str
    standing: DocumentStanding
    at: datetime
    params: Mapping[str, Json]


def with_record(known: Sequence[DocumentRecord], one: DocumentRecord) -> tuple[DocumentRecord, ...]:
    """The records with one more; the same evidence again takes the place of the old.

    Beyond `MOST_RECORDS`, or `MOST_BYTES`, what was only shown goes first, where its step showed
    another since.
    """
    same = (one.step, one.digest, one.standing)
    rest = [old for old in known if (old.step, old.digest, old.standing) != same]
    while rest and (len(rest) >= MOST_RECORDS or _size((*rest, one)) > MOST_BYTES):
        rest.remove(_least(rest))
    return (*rest, one)


def _size(records: Sequence[DocumentRecord]) -> int:
    return sum(len(json_of(one.params)) for one in records)


def _least(records: Sequence[DocumentRecord]) -> DocumentRecord:
    """The oldest that was shown and has a newer one of its step; else the oldest."""
    for number, old in enumerate(records):
        later = any(new.step == old.step for new in records[number + 1 :])
        if old.standing == "shown" and later:
            return old
    return records[0]

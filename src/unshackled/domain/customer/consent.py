"""`collect: credit_search_consent` and `card_charge_consent`: what the customer agrees to."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from unshackled.domain.facts import Fact
from unshackled.domain.form import Flag, FormEntry, FormFault, Given, Json
from unshackled.domain.records import Record

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


class Yes(FormEntry):
    """`true`, and nothing else."""

    def schema(self) -> dict[str, Json]:
        """The boolean that is a yes."""
        return {"type": "boolean", "const": True}

    def read(self, sent: Json, given: Given) -> Json:
        """The same; a no is no consent."""
        if sent is not True:
            raise FormFault("not_agreed")
        return sent


class Wording(FormEntry):
    """The digest of the sentence that was shown."""

    def schema(self) -> dict[str, Json]:
        """The digest of the action's document."""
        return {
            "type": "string",
            "format": "document-digest",
            "pattern": f"^{_DIGEST.pattern}$",
            "description": "the digest of the document that the customer agreed to",
        }

    def read(self, sent: Json, given: Given) -> Json:
        """The same."""
        if not isinstance(sent, str) or not _DIGEST.fullmatch(sent):
            raise FormFault("other_document")
        return sent


class CreditSearchConsent(Record, Fact):
    """The customer's yes to a hard search of their credit file, by the sentence that they saw.

    `wording` is the digest of that sentence, which names the lender.
    """

    given: Annotated[Literal[True], Yes()]
    wording: Annotated[str, Wording()]


class CardChargeConsent(Record, Fact):
    """Whether the customer lets us charge their card later, without them, by the sentence shown.

    A no is an answer: then a person collects what is left to pay. `wording` is the digest of that
    sentence, which says how much at most, and when.
    """

    given: Annotated[bool, Flag()]
    wording: Annotated[str, Wording()]

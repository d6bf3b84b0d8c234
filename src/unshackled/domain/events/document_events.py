"""What a customer was shown and signed: the evidence, its contents in the personal part alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from msgspec.structs import replace

from unshackled.domain.checkout import Checkout
from unshackled.domain.documents.document_record import (
    DocumentRecord,
    DocumentStanding,
    with_record,
)
from unshackled.domain.events.event import Event
from unshackled.domain.personal import Personal

Json = Any


class DocumentRecorded(Event):
    """A document was shown, agreed to, sent to be signed or signed; `digest` is what it said."""

    type: ClassVar[str] = "document.recorded.v1"
    step: str
    document: str
    version: int
    locale: str
    digest: str
    standing: DocumentStanding
    params: Personal[Mapping[str, Json]]

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """It is kept with all that it takes to write it again."""
        record = DocumentRecord(
            step=self.step,
            document=self.document,
            version=self.version,
            locale=self.locale,
            digest=self.digest,
            standing=self.standing,
            at=at,
            params=self.params,
        )
        documents = with_record(checkout.private.documents, record)
        return replace(checkout, private=replace(checkout.private, documents=documents))
